import type { Proxy } from "./proxies.ts";

/**
 * Failed attempt to open a tunnel through a proxy: the status of its answer, or the error instead of an
 * answer.
 */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** Address of the proxy: `host:port`. */
  readonly proxy: string;
  /** Environment variable that contains its address. */
  readonly variable: string;
  /** Status of its answer; undefined if there was none. */
  readonly status: number | undefined;

  /** Creates the error. It contains no password. */
  constructor({ host, port, variable }: Proxy, why: { readonly status?: number; readonly cause?: Error }) {
    super(`The proxy ${host}:${port} refused the connection`, { cause: why.cause });
    this.proxy = `${host}:${port}`;
    this.variable = variable;
    this.status = why.status;
  }
}
