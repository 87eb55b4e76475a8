/** An HTTP proxy on loopback, which alone knows where the servers are whose names it is told. */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { withServer } from "../store/wire.ts";

export interface HttpProxy {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  /** What it was asked for: `CONNECT s3.test:443`, `PUT http://s3.test/bucket/key`, without what follows a `?`. */
  readonly asked: string[];
}

export interface ProxyOptions {
  /** Ports on loopback, by `name:port`. */
  readonly servers: Readonly<Record<string, number>>;
  /** Who may come through, as in the header: `Basic …`. */
  readonly authorization?: string;
  /** What it answers instead of doing anything. */
  readonly answer?: string;
}

/** Runs `body` with a proxy. */
export function withHttpProxy<T>(options: ProxyOptions, body: (proxy: HttpProxy) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const serve = (client: Socket): void => {
    let head = "";
    const read = (chunk: Uint8Array): void => {
      head += Buffer.from(chunk).toString("latin1"); // and what of the body came with it
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", read);
      const [method = "", target = ""] = head.split(" ", 2);
      asked.push(`${method} ${target.split("?", 1)[0]}`);
      client.pause();
      pass(client, head, options);
    };
    client.on("data", read);
  };
  return withServer(serve, (port) => body({ url: `http://127.0.0.1:${port}`, port, asked }));
}

function pass(client: Socket, head: string, { servers, authorization, answer }: ProxyOptions): void {
  const refuse = (status: number): void =>
    void client.end(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  if (answer !== undefined) return void client.end(answer);
  const given = /^proxy-authorization: (.*?)\r$/im.exec(head)?.[1];
  if (authorization !== undefined && given !== authorization) return refuse(407);
  const tunnel = /^CONNECT (\S+) /.exec(head)?.[1];
  const [, name, path] = /^\w+ http:\/\/([^/]+)(\S*) /.exec(head) ?? [];
  const port = servers[tunnel ?? name ?? ""];
  if (port === undefined) return refuse(502);
  const server = connect(port, "127.0.0.1");
  server.on("error", () => client.destroy());
  server.on("close", () => client.destroy());
  client.on("close", () => server.destroy());
  server.once("connect", () => {
    if (tunnel !== undefined) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    else server.write(forwarded(head, path!), "latin1");
    client.pipe(server);
    server.pipe(client);
  });
}

/** The request as the server wants it: its path alone, and nothing that was meant for the proxy. */
function forwarded(head: string, path: string): string {
  return head.replace(/^(\w+) \S+/, (_, method) => `${method} ${path}`).replace(
    /^proxy-authorization: .*\r\n/im,
    "",
  );
}
