import type { Installation } from "./installation.ts";
import type { Environment } from "./stores.ts";

/** Values beside the host that permissions and schedules are derived from. */
export interface RunContext {
  /** Absolute path of the config file. */
  readonly config: string;
  /** Numeric user that runs nightdrop; null if unknown. */
  readonly uid: number | null;
  /** Reads an environment variable. URLs of notifications may be there. */
  readonly environment: Environment;
  /** Form in which nightdrop is installed. */
  readonly installation: Installation;
}
