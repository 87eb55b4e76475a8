/** Requests that a proxy on loopback reads one by one, forwards unchanged or answers itself. */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

/** Partly read request of a client. */
export interface Exchange {
  readonly client: Connection;
  readonly head: Uint8Array;
  readonly length: number;
  readonly port: number;
  readonly random: () => number;
}

export function exchangeOf(
  client: Connection,
  head: Uint8Array,
  port: number,
  random: () => number,
): Exchange {
  const length = Number(/^content-length: *(\d+)/im.exec(text(head))?.[1] ?? 0);
  return { client, head, length, port, random };
}

/** Returns what reads a request and answers it with an error. Returns whether the connection can be reused. */
export function refuse(status: number, body: string): (exchange: Exchange) => Promise<boolean> {
  return async ({ client, length }) => {
    await client.read(length);
    return await say(client, status, body);
  };
}

export async function say(client: Connection, status: number, body: string): Promise<boolean> {
  const head =
    `HTTP/1.1 ${status} X\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`;
  await client.write(new TextEncoder().encode(head + body));
  return true;
}

export function errorDocument(code: string, message = "x"): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** Forwards the request and returns the answer. */
export async function done(exchange: Exchange): Promise<Uint8Array> {
  return await ask(exchange, await exchange.client.read(exchange.length));
}

export async function answer({ client }: Exchange, whole: Uint8Array): Promise<boolean> {
  await client.write(whole);
  return true;
}

/** Sends a request to the server and returns its complete answer, with a persistent connection. */
export async function ask({ head, port }: Exchange, body: Uint8Array): Promise<Uint8Array> {
  const server = new Connection(connect(port, "127.0.0.1"));
  await server.write(latin1(text(head).replace(/^connection: .*$/im, "Connection: close")));
  await server.write(body);
  const whole = text(await server.readAll());
  const end = whole.indexOf("\r\n\r\n");
  return latin1(
    whole.slice(0, end).replace(/^connection: .*$/im, "Connection: keep-alive") + whole.slice(end),
  );
}

/** Socket that is read in pieces of known length. */
export class Connection {
  readonly socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #ahead: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {}); // the other end has gone
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Returns the bytes up to the empty line, included; undefined if the other end has closed. */
  async readHead(): Promise<Uint8Array | undefined> {
    while (true) {
      const end = text(this.#ahead).indexOf("\r\n\r\n");
      if (end >= 0) return this.#take(end + 4);
      if (!await this.#more()) return undefined;
    }
  }

  async read(length: number): Promise<Uint8Array> {
    while (this.#ahead.length < length) {
      if (!await this.#more()) throw new Error("The client went away within its request");
    }
    return this.#take(length);
  }

  async readAll(): Promise<Uint8Array> {
    while (await this.#more());
    return this.#take(this.#ahead.length);
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  #take(length: number): Uint8Array {
    const taken = this.#ahead.slice(0, length);
    this.#ahead = this.#ahead.slice(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    const joined = new Uint8Array(this.#ahead.length + value.length);
    joined.set(this.#ahead);
    joined.set(value, this.#ahead.length);
    this.#ahead = joined;
    return true;
  }
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

export function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
