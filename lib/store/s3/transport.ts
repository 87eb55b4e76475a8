import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Agent as HttpAgent, type ClientRequestArgs } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import { connect as connectPlain, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { paced, type Pacer } from "../pacer.ts";
import { limitAnswer } from "./answer_limit.ts";
import { limitInformational } from "./informational.ts";
import type { Proxies, Proxy } from "./proxies.ts";
import { tunnel } from "./tunnel.ts";
import { within } from "./within.ts";

/** Options of {@link Transport}. */
export interface TransportOptions {
  /** Limit for a connection in milliseconds. */
  readonly connect: number;
  /**
   * Limit in milliseconds until the answer, and between two bytes; 0 for no limit, where the caller has one
   * of its own.
   */
  readonly idle: number;
  readonly proxies: Proxies;
  /** Limits the rate of uploads. */
  readonly pacer: Pacer | undefined;
}

type Handle = NodeHttpHandler["handle"];
type Request = Parameters<Handle>[0];

/**
 * Options of the agents: one connection for each request, which is closed after it. If a connection that was
 * kept alive turns out to be dead, Deno 2.9.6 sends the request again by itself, a PUT as well. The effect of
 * the first request then looks like that of another writer.
 */
const AGENT = { keepAlive: false, maxSockets: 50 } as const;

/** Sends requests with the handler of the SDK, through proxies where these are set. */
export class Transport extends NodeHttpHandler {
  readonly #proxies: Proxies;
  readonly #idle: number;

  constructor(options: TransportOptions) {
    super({
      connectionTimeout: options.connect,
      socketTimeout: options.idle,
      httpAgent: limitInformational(new PlainAgent(options.pacer)),
      httpsAgent: limitInformational(new TrustingAgent(options)),
    });
    this.#proxies = options.proxies;
    this.#idle = options.idle;
  }

  /**
   * Sends a request. One without TLS goes to the proxy itself with its full address: section 3.2.2 of RFC
   * 9112.
   */
  override async handle(request: Request, options?: Parameters<Handle>[1]): ReturnType<Handle> {
    const answered = await this.#send(request, options);
    limitAnswer(request, answered.response);
    return answered;
  }

  #send(request: Request, options: Parameters<Handle>[1]): ReturnType<Handle> {
    const { protocol, hostname, port = 80 } = request;
    const proxy = protocol === "http:" ? this.#proxies(false, hostname, port) : undefined;
    const routed = proxy === undefined ? request : redirected(request, proxy);
    if (this.#idle === 0) return super.handle(routed, options);
    return within(
      this.#idle,
      options?.abortSignal as AbortSignal | undefined,
      (abortSignal) => super.handle(routed, { ...options, abortSignal }),
    );
  }
}

function redirected(request: Request, { host, port, authorization }: Proxy): Request {
  const origin = `http://${request.hostname}${request.port === undefined ? "" : `:${request.port}`}`;
  const headers = authorization && { "proxy-authorization": `Basic ${authorization.reveal()}` };
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, {
    hostname: host,
    port,
    path: origin + request.path,
    headers: { ...request.headers, ...headers },
  });
}

function pacedBy<S extends Socket>(pacer: Pacer | undefined, socket: S): S {
  return pacer === undefined ? socket : paced(socket, pacer);
}

class PlainAgent extends HttpAgent {
  readonly #pacer: Pacer | undefined;

  constructor(pacer: Pacer | undefined) {
    super(AGENT);
    this.#pacer = pacer;
  }

  override createConnection(options: RequestOptions): Socket {
    return pacedBy(this.#pacer, connectPlain(options as TcpNetConnectOpts));
  }
}

type Created = (error: Error | null, socket: Socket) => void;

/**
 * Agent that trusts the certificate authorities that Deno trusts (its own, `--cert`, `NODE_EXTRA_CA_CERTS`,
 * `DENO_TLS_CA_STORE`). The agent of `node:https` would collect them itself, which needs `--allow-sys`
 * without limits; and with a proxy it needs permission to reach the server, whose name only the proxy may
 * know.
 */
class TrustingAgent extends Agent {
  readonly #how: TransportOptions;
  readonly #tunnels = new Set<Socket>();

  constructor(how: TransportOptions) {
    super(AGENT);
    this.#how = how;
  }

  override createConnection(options: RequestOptions, created?: Created): TLSSocket {
    const { host, port } = options as ClientRequestArgs;
    const proxy = this.#how.proxies(true, `${host}`, Number(port ?? 443));
    if (proxy === undefined) return this.#secured(options as ConnectionOptions);
    void this.#tunnelled(proxy, options).then((socket) => created!(null, socket), (error) => {
      created!(error, undefined as never);
    });
    return undefined as never; // the callback returns the socket
  }

  override destroy(): void {
    for (const socket of this.#tunnels) socket.destroy();
    super.destroy();
  }

  async #tunnelled(proxy: Proxy, options: RequestOptions): Promise<TLSSocket> {
    const { host, port } = options as ClientRequestArgs;
    const name = `${host}`.includes(":") ? `[${host}]` : `${host}`;
    const socket = await tunnel(proxy, `${name}:${port ?? 443}`, this.#how.connect, (begun) => {
      this.#tunnels.add(begun);
      begun.once("close", () => this.#tunnels.delete(begun));
    });
    return this.#secured({ ...options as ConnectionOptions, socket });
  }

  #secured(options: ConnectionOptions): TLSSocket {
    return pacedBy(this.#how.pacer, connect(options));
  }
}
