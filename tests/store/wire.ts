/** Servers on loopback that see, change and refuse what goes over the wire. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Runs `body` with a server that does `serve` with each connection. */
export async function withServer<T>(
  serve: (socket: Socket) => void,
  body: (port: number) => Promise<T>,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<T> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}); // the client has gone
    serve(socket);
  };
  const server = certificate === undefined ? createServer(accept) : createTlsServer(certificate, accept);
  server.on("tlsClientError", () => {}); // the client does not trust us
  const port = await listen(server);
  try {
    return await body(port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Runs `body` with a server that passes everything on to `port`, what the client sends by way of `change`. */
export function withForwarder<T>(
  port: number,
  change: (chunk: Uint8Array) => Uint8Array,
  body: (port: number) => Promise<T>,
): Promise<T> {
  const serve = (client: Socket): void => {
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    server.on("data", (chunk) => client.write(chunk));
    server.on("close", () => client.destroy());
    client.on("data", (chunk) => server.write(change(chunk)));
    client.on("close", () => server.destroy());
  };
  return withServer(serve, body);
}

/**
 * Waits for a whole request and answers it; keeps no connection alive.
 *
 * @param answer The answer, or what makes it of the request.
 */
export function answering(answer: string | ((request: string) => string)): (socket: Socket) => void {
  return (socket) => {
    let request = "";
    socket.on("data", (chunk) => {
      request += chunk.toString("latin1");
      const head = request.indexOf("\r\n\r\n");
      const length = Number(/^content-length: *(\d+)/im.exec(request.slice(0, head))?.[1] ?? 0);
      if (head < 0 || request.length < head + 4 + length) return;
      socket.end(typeof answer === "string" ? answer : answer(request));
    });
  };
}

/** An HTTP answer. */
export function http(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const length = new TextEncoder().encode(body).length;
  const lines = Object.entries({ ...headers, "Content-Length": String(length), Connection: "close" });
  return `HTTP/1.1 ${status} X\r\n${
    lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n${body}`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
