import type { Socket } from "node:net";
import { withServer } from "../store/wire.ts";
import { answer, Connection, done, errorDocument, exchangeOf, refuse, text } from "./exchange.ts";

/** Runs `body` with the address of a proxy that refuses each request with a header of an additional checksum, as Backblaze B2 did. */
export function withoutChecksums<T>(
  endpoint: string,
  report: (head: string) => void,
  body: (endpoint: string) => Promise<T>,
): Promise<T> {
  const message = (header: string): string => `Unsupported header '${header}' received for this API call.`;
  const port = Number(new URL(endpoint).port);
  const serve = async (socket: Socket): Promise<void> => {
    const client = new Connection(socket);
    for (let head; (head = await client.readHead()) !== undefined;) {
      report(text(head));
      const exchange = exchangeOf(client, head, port, Math.random);
      const [, header] = /^(x-amz-(?:sdk-)?checksum-[a-z0-9]+):/im.exec(text(head)) ?? [];
      if (header === undefined) await answer(exchange, await done(exchange));
      else await refuse(400, errorDocument("InvalidArgument", message(header)))(exchange);
    }
  };
  return withServer(
    (socket) => void serve(socket).catch(() => socket.destroy()),
    (own) => body(`http://127.0.0.1:${own}`),
  );
}
