import type { Proxy } from "./proxies.ts";

/** What came of asking a proxy for a way through: the status of its answer, or what happened instead of one. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** `host:port`. */
  readonly proxy: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** Of its answer; undefined where there was none. */
  readonly status: number | undefined;

  /** Holds no password. */
  constructor({ host, port, variable }: Proxy, why: { readonly status?: number; readonly cause?: Error }) {
    super(`The proxy ${host}:${port} refused the connection`, { cause: why.cause });
    this.proxy = `${host}:${port}`;
    this.variable = variable;
    this.status = why.status;
  }
}
