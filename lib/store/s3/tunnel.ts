import { connect, type Socket } from "node:net";
import type { Proxy } from "./proxies.ts";
import { ProxyError } from "./proxy_error.ts";

/** Maximum size in bytes of the answer of a proxy. */
const MAX_HEAD = 64 * 1024;

/**
 * Opens a connection to a server through a proxy: "CONNECT", section 9.3.6 of RFC 9110.
 *
 * @param to Address of the server: `host:port`.
 * @param limit Milliseconds without a byte from the proxy.
 * @param begun Called with the socket at once, so that a caller that gives up can close it.
 * @throws {ProxyError} if the proxy does not open a tunnel.
 */
export function tunnel(
  proxy: Proxy,
  to: string,
  limit: number,
  begun: (socket: Socket) => void,
): Promise<Socket> {
  const socket = connect(proxy.port, proxy.host);
  begun(socket);
  return new Promise((resolve, reject) => {
    let answer = "";
    const fail = (why: { readonly status?: number; readonly cause?: Error }): void => {
      socket.destroy();
      reject(new ProxyError(proxy, why));
    };
    const read = (chunk: Uint8Array): void => {
      answer += new TextDecoder("latin1").decode(chunk);
      if (!answer.includes("\r\n\r\n") && answer.length < MAX_HEAD) return;
      const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(answer)?.[1] ?? 0);
      if (status !== 200) return fail({ status });
      socket.off("data", read);
      socket.setTimeout(0);
      resolve(socket);
    };
    socket.setTimeout(limit, () => fail({ cause: withCode("ETIMEDOUT") }));
    socket.once("error", (cause) => fail({ cause }));
    socket.once("close", () => fail({ cause: withCode("ECONNRESET") }));
    socket.on("data", read);
    socket.once("connect", () => socket.write(request(proxy, to)));
  });
}

function request({ authorization }: Proxy, to: string): string {
  const lines = [`CONNECT ${to} HTTP/1.1`, `Host: ${to}`];
  if (authorization !== undefined) lines.push(`Proxy-Authorization: Basic ${authorization.reveal()}`);
  return [...lines, "", ""].join("\r\n");
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
