import type { Installation } from "./installation.ts";
import type { Environment } from "./stores.ts";

/** What a run depends on beside its host: what its permissions and its schedule are derived from. */
export interface RunContext {
  /** The config file. */
  readonly config: string;
  /** Who runs it; null for not known. */
  readonly uid: number | null;
  /** Reads an environment variable: URLs to ping may be there. */
  readonly environment: Environment;
  /** How nightdrop is installed. */
  readonly installation: Installation;
}
