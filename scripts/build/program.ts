/** What an executable and the package have beside the single-file script. */
import { SHIPPED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { permissionSet } from "../../lib/sandbox/permission_set.ts";

/** Expression for the path of the program, which its launcher passes. Commands that cannot read it do not need it. */
export const EXECUTABLE =
  `(() => { try { return Deno.env.get("NIGHTDROP_EXECUTABLE"); } catch { return undefined; } })() ?? "nightdrop"`;

/** Permission sets of the commands whose permissions are neither built in nor derived. */
const SETS = Object.fromEntries(
  Object.entries(SHIPPED_SETS).map(([name, grants]) => [name, permissionSet(grants)]),
);

/** Text of the `deno.json` beside the script. */
export const SETTINGS = JSON.stringify(
  { imports: { nightdrop: "./nightdrop.js" }, permissions: SETS },
  null,
  2,
);
