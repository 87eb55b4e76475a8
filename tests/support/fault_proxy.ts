/**
 * Faulty network between a client and an S3 server: a proxy on loopback that forwards requests unchanged, and injects the
 * faults of networks, load balancers and overloaded servers into some of them.
 *
 * A request's head is not touched (but for `Connection`, which no signature covers): the signature covers `Host`,
 * and the server takes it as it is written, so the proxy's own address in it does no harm.
 */
import { connect, type Socket } from "node:net";
import {
  answer,
  ask,
  Connection,
  done,
  errorDocument,
  type Exchange,
  exchangeOf,
  refuse,
  say,
} from "./exchange.ts";
import { withServer } from "../store/wire.ts";

/** Options of the proxy. */
export interface Weather {
  /** Share of requests with a fault, from 0 to 1. */
  readonly rate: number;
  /** Returns random numbers from 0 to 1. With {@link seeded} the faults are reproducible. */
  readonly random: () => number;
  /** Called for each fault. */
  readonly report?: (fault: string) => void;
  /** Faults to inject. Default: all. */
  readonly faults?: readonly Fault[];
}

/** Runs `body` with the address of a proxy in front of the server at `endpoint`. */
export function withFaultProxy<T>(
  endpoint: string,
  weather: Weather,
  body: (endpoint: string) => Promise<T>,
): Promise<T> {
  const port = Number(new URL(endpoint).port);
  const serve = (socket: Socket): void => void converse(socket, port, weather).catch(() => socket.destroy());
  return withServer(serve, (own) => body(`http://127.0.0.1:${own}`));
}

/** Random numbers from 0 to 1, the same for the same seed: the "mulberry32" of Tommy Ettinger. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Applies a fault to a request. Returns whether the connection can be reused. */
type Act = (exchange: Exchange) => Promise<boolean>;

const ACTS = {
  "500 InternalError": refuse(500, errorDocument("InternalError")),
  "503 ServiceUnavailable": refuse(503, errorDocument("ServiceUnavailable")),
  "503 SlowDown": refuse(503, errorDocument("SlowDown")),
  "409 ConditionalRequestConflict": refuse(409, errorDocument("ConditionalRequestConflict")),
  "400 RequestTimeout": refuse(400, errorDocument("RequestTimeout")),
  "502 of a load balancer": refuse(502, "<html><body>Bad Gateway</body></html>"),
  "200 with an error inside": refuse(200, errorDocument("InternalError")),
  "200 of another server": refuse(200, "<html><body>Please log in</body></html>"),
  "reset at once": ({ client }) => reset(client),
  "reset within the body": async (exchange) => {
    await passOnSome(exchange);
    return reset(exchange.client);
  },
  "reset behind the body": async ({ client, length }) => {
    await client.read(length);
    return reset(client);
  },
  "silence": async ({ client, length }) => {
    await client.read(length);
    return await silent(client);
  },
  "a bit flipped on the way": async (exchange) => {
    const body = await exchange.client.read(exchange.length);
    if (body.length > 0) body[Math.floor(exchange.random() * body.length)]! ^= 1;
    return await answer(exchange, await ask(exchange, body));
  },
  "done, and the answer lost": async (exchange) => {
    await done(exchange);
    return reset(exchange.client);
  },
  "done, and silence": async (exchange) => {
    await done(exchange);
    return await silent(exchange.client);
  },
  "done, and 500 said": async (exchange) => {
    await done(exchange);
    return await say(exchange.client, 500, errorDocument("InternalError"));
  },
  "the answer cut short": async (exchange) => {
    const whole = await done(exchange);
    await exchange.client.write(whole.subarray(0, Math.floor(exchange.random() * whole.length)));
    return reset(exchange.client);
  },
  "an answer that comes in drops": async (exchange) => {
    const whole = await done(exchange);
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 5)) {
      await exchange.client.write(whole.subarray(at, at + Math.ceil(whole.length / 5)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return true;
  },
} satisfies Record<string, Act>;

/** Kind of fault. */
export type Fault = keyof typeof ACTS;

/** All faults. */
export const FAULTS = Object.keys(ACTS) as Fault[];

async function converse(socket: Socket, port: number, weather: Weather): Promise<void> {
  const { rate, random, report, faults = FAULTS } = weather;
  const client = new Connection(socket);
  for (let good = true; good;) {
    const head = await client.readHead();
    if (head === undefined) return;
    const exchange = exchangeOf(client, head, port, random);
    if (random() >= rate) {
      good = await answer(exchange, await done(exchange));
    } else {
      const fault = faults[Math.floor(random() * faults.length)]!;
      report?.(fault);
      good = await ACTS[fault](exchange);
    }
  }
}

function reset(client: Connection): Promise<boolean> {
  client.socket.resetAndDestroy();
  return Promise.resolve(false);
}

/** Does not answer until the client gives up. */
async function silent(client: Connection): Promise<boolean> {
  await client.readHead();
  return false;
}

/** Sends the head and half of the body to the server, and closes the connection. */
async function passOnSome({ client, head, length, port }: Exchange): Promise<void> {
  const some = await client.read(Math.floor(length / 2));
  const server = new Connection(connect(port, "127.0.0.1"));
  await server.write(head);
  await server.write(some);
  server.socket.destroy();
}
