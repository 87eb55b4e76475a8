import { shown } from "./path.ts";

/** Kinds of losses of restored entries, with the words that report them. */
const KINDS = {
  owners: "Owners not set, which needs root and a file system with owners",
  setIds: "Set-ID bits not set, since they would have been those of another owner",
  modes: "Modes not set, which the file system does not have",
  times: "Times not set, which the file system does not have",
  acls: "ACLs not set; access is no wider than it was",
  capabilities: "Capabilities not set, which needs root and a file system with them",
  user: "Extended attributes user.* not set",
  trusted: "Extended attributes trusted.* not set, which needs root",
  security: "Extended attributes security.* not set, which needs root",
  program: "Extended attributes and ACLs not set, since setfattr (Debian package attr) cannot be run",
  devices: "Devices not restored: device nodes are never made from a backup",
  fifos: "Fifos not restored: cannot run mkfifo, or the file system has none",
} as const;

/** Name of a kind of loss. */
export type LossKind = keyof typeof KINDS;

/** Number of losses of one kind. */
export interface Loss {
  count: number;
  /** First entries, escaped for messages. */
  readonly names: string[];
}

/** Losses so far, by kind. */
export type Losses = Readonly<Record<LossKind, Loss>>;

/** Maximum number of entries that are named for each kind. */
const MAX_NAMES = 5;

const LOSS_KINDS = Object.keys(KINDS) as LossKind[];

/** Returns a count without losses. */
export function noLosses(): Losses {
  return Object.fromEntries(LOSS_KINDS.map((kind) => [kind, { count: 0, names: [] }])) as unknown as Losses;
}

/** Counts a loss of an entry. */
export function countLoss(losses: Losses, kind: LossKind, path: string): void {
  const loss = losses[kind];
  if (loss.names.length < MAX_NAMES) loss.names.push(shown(path));
  loss.count += 1;
}

/** Adds `more` to `losses`. */
export function addLosses(losses: Losses, more: Losses): void {
  for (const kind of LOSS_KINDS) {
    const [loss, { count, names }] = [losses[kind], more[kind]];
    loss.count += count;
    loss.names.push(...names.slice(0, MAX_NAMES - loss.names.length));
  }
}

/** Returns the losses in words, one line for each kind: their number, and the first entries. */
export function notes(losses: Losses): string[] {
  return LOSS_KINDS.filter((kind) => losses[kind].count > 0).map((kind) => {
    const { count, names } = losses[kind];
    const others = count > names.length ? ` and ${count - names.length} more` : "";
    return `${KINDS[kind]}: ${count} (${names.map((name) => `"${name}"`).join(", ")}${others})`;
  });
}
