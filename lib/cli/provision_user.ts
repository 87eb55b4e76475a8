import { Misuse } from "../model/failure.ts";
import type { OwnUserOptions, ProvisionedUser } from "../provisioning/own_user.ts";
import { OwnerClients } from "../provisioning/owner_clients.ts";
import { type CommonOptions, environment, type Session } from "./session.ts";
import { countLine, keyLines, noteUndone, stepLine } from "./vault_lines.ts";
import { vaultRecord } from "./vault_records.ts";

/** Options that select a user of the owner's side. */
export interface UserSelection extends CommonOptions {
  readonly credentials?: string;
  readonly user?: string;
}

/** Options of `provision` for a user of the owner's side. */
export interface UserOptions extends UserSelection {
  readonly apply?: boolean;
  readonly rotate?: boolean;
  readonly finish?: boolean;
  readonly revoke?: boolean;
  readonly ownerCredentials?: string;
  readonly showKey?: boolean;
  readonly emit?: "policy" | "terraform";
}

/** Texts in the output that differ between users. */
interface UserOutput {
  /** Name of the event with `--json`. */
  readonly event: string;
  /** Purpose of the user, before its buckets: `reads`. */
  readonly purpose: string;
  /** Returns the lines of the settings. */
  lines(done: ProvisionedUser): readonly string[];
}

/** Returns which change of the key the options ask for; undefined for the settings. */
export function onlyOf(
  { revoke, finish, rotate }: Pick<UserOptions, "revoke" | "finish" | "rotate">,
): OwnUserOptions["only"] {
  return revoke ? "revoke" : finish ? "finish" : rotate ? "rotate" : undefined;
}

/** Whether to print the policy of a user instead of setting it up. Terraform is refused. */
export function emitsPolicy({ emit }: UserOptions, user: string): boolean {
  if (emit !== "terraform") return emit !== undefined;
  throw new Misuse(`Cannot write Terraform for ${user}`, { hint: "Use --emit policy" });
}

/** Sets up a user of the owner's side, and prints its state. */
export async function runUser(
  { output }: Session,
  options: UserOptions,
  provision: (owners: OwnerClients, how: OwnUserOptions) => Promise<ProvisionedUser>,
  { event, purpose, lines }: UserOutput,
): Promise<ProvisionedUser> {
  using owners = new OwnerClients(options.ownerCredentials, environment);
  const { apply = false, showKey = false } = options;
  const each: OwnUserOptions["each"] = (step) => output.detail(stepLine(step));
  const done = await provision(owners, { apply, only: onlyOf(options), each });
  const printed = [
    ...lines(done),
    ...done.keys.flatMap((it) => keyLines(it, showKey)),
    `${done.user}: ${purpose} ${done.buckets.join(", ")}: ${countLine(done)}`,
  ];
  output.data(printed, { event, ...done, applied: apply, ...vaultRecord(done, showKey) });
  noteUndone(output, done, apply);
  return done;
}
