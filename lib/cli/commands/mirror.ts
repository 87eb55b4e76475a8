import type { Command } from "commander";
import { dirname, resolve } from "node:path/posix";
import { recordsDirectory } from "../../app/owner_directories.ts";
import type { Run } from "../../app/events.ts";
import { openReader, openWriter, storeOf } from "../../app/stores.ts";
import { puttingStore } from "../../config/copies.ts";
import { readPrivateText } from "../../config/private_file.ts";
import type { Host, Mirror, Store } from "../../config/types.ts";
import { exists } from "../../disk/exists.ts";
import { sha256 } from "../../model/digest.ts";
import { Failure, Misuse } from "../../model/failure.ts";
import { shellWord } from "../../model/shell.ts";
import { mirror, type MirrorProblem, type MirrorResult } from "../../provisioning/mirror.ts";
import { MirrorProgress } from "../../provisioning/mirror_progress.ts";
import { readSigner, type Signer } from "../../seal/signer.ts";
import { SIGNING_FILE } from "../../setup/keygen.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts } from "../fleet.ts";
import { formatBytes, formatNumber } from "../format.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly to: string;
  readonly signer?: string;
}

/** `mirror`: copies the snapshots to another store. */
export function mirrorCommand(): Command {
  return command(
    "mirror",
    "copy the snapshots to another store",
    "Copies everything that is new, as it is, to a mirror of the config. It needs credentials that read here and put there, " +
      "and no private key. Each object is checked against the SHA-256 in its name, and nothing is overwritten or removed. " +
      "Your signing key signs the dates of the original store. If it is interrupted, run it again.",
  )
    .argument("[host]", "host of the config (default: all hosts with this mirror)")
    .requiredOption("--to <name>", "name of the mirror in the config")
    .option(
      "--signer <file>",
      `file with your signing key, which \`keygen --signing\` creates (default: keys/${SIGNING_FILE} beside the config)`,
    )
    .example("mirror --to second", "every host, every night")
    .example("mirror web1.example.org --to second", "one host")
    .action((host: string | undefined, options: Options) =>
      act(options, (session) => run(session, host, options))
    );
}

async function run(session: Session, name: string | undefined, options: Options): Promise<ExitCode> {
  const hosts = await session.hostOrAll(name);
  const mirrored = hosts.filter((it) => mirrorOf(it, options.to) !== undefined);
  if (mirrored.length === 0) throw noMirror(hosts, options.to);
  const signer = await ownSigner(session, options);
  const work = async (host: Host, session: Session): Promise<ExitCode> => {
    const mirror = mirrorOf(host, options.to);
    if (mirror === undefined) return EXIT.DONE;
    const { damages, unreadable } = await mirrorHost(session, host, mirror, signer);
    if (damages > 0) return EXIT.DAMAGE;
    return unreadable > 0 ? EXIT.FAILED : EXIT.DONE;
  };
  const { code } = await forHosts(session, name, work, () => 1);
  warnOfSigner(session, mirrored, options.to, signer);
  return code;
}

/** Warns once if the config does not pin the key that signs the dates. */
function warnOfSigner(
  { output }: Session,
  hosts: readonly Host[],
  name: string,
  { fingerprint }: Signer,
): void {
  if (hosts.every((it) => mirrorOf(it, name)!.signers.includes(fingerprint))) return;
  output.warn(`Add signer: "${fingerprint}" to the mirror ${name} in your config: it signs the dates`);
}

async function mirrorHost(
  session: Session,
  host: Host,
  target: Mirror,
  signer: Signer,
): Promise<MirrorResult> {
  const { output, run } = session;
  refuseItself(host, target);
  const found = ({ kind, snapshot, what }: MirrorProblem): void =>
    output.data(`${kind}: ${host.name}/${snapshot}: ${what}`, {
      event: "finding",
      kind,
      host: host.name,
      snapshot,
      what,
    });
  const progress = await progressOf(session, host, target);
  const writer = await openWriter(puttingStore(target), environment, run);
  try {
    const result = await session.withReader(
      host,
      (reader) => mirror(host, reader, { writer, signer, progress }, found, run),
      { cached: false },
    );
    report(session, host, target, result);
    return result;
  } finally {
    writer.close();
  }
}

function report(
  { output }: Session,
  host: Host,
  { name }: Mirror,
  result: MirrorResult,
): void {
  const { snapshots, unchanged, copied, bytes, existed, damages, unreadable } = result;
  const problems = damages + unreadable === 0
    ? ""
    : `; ${formatNumber(damages + unreadable, "object")} damaged, missing or unreadable`;
  const counts = `${formatNumber(copied, "object")} of ${formatBytes(bytes)} copied, ${existed} there before`;
  output.data(
    `${host.name}: mirrored ${
      formatNumber(snapshots, "snapshot")
    } to ${name}, ${unchanged} unchanged: ${counts}${problems}`,
    { event: "mirrored", host: host.name, mirror: name, ...result },
  );
}

/**
 * Returns what was copied before, as far as the mirror has it: a disk may have been exchanged, or a bucket created again. The
 * credentials that read the mirror may be on another machine; then the records alone count.
 */
async function progressOf({ run }: Session, host: Host, { name, store }: Mirror): Promise<MirrorProgress> {
  const places = [host.store, store].map((it) => identityOf(it)).join("\n");
  const pair = sha256(new TextEncoder().encode(places)).slice(0, 16);
  const directory = `${recordsDirectory(Deno.uid(), environment)}/mirrored/${name}-${pair}/${host.name}`;
  const progress = new MirrorProgress(directory, (text) => run.report({ event: "note", text }));
  const ids = progress.ids();
  if (ids.length === 0 || !await isEmpty(store, host, run)) return progress;
  run.report({ event: "note", text: `The mirror ${name} is empty, so everything is copied again` });
  for (const id of ids) progress.forget(id);
  return progress;
}

function identityOf(store: Store): string {
  const { identity, place } = storeOf(store);
  return typeof identity === "string" ? identity : place;
}

/** Time to wait for a mirror that is only looked at. */
const PATIENCE_MS = 30_000;

async function isEmpty(store: Store, host: Host, run: Run): Promise<boolean> {
  try {
    const reader = await openReader(store, environment, run, PATIENCE_MS);
    try {
      for await (const _ of reader.list(`${host.name}/`, { signal: run.signal, passedOver: () => {} })) {
        return false;
      }
      return true;
    } finally {
      reader.close();
    }
  } catch (error) {
    if (store.kind === "s3" && error instanceof Failure) return false;
    throw error;
  }
}

function mirrorOf({ mirrors }: Host, name: string): Mirror | undefined {
  return mirrors.find((it) => it.name === name);
}

function noMirror(hosts: readonly Host[], name: string): Misuse {
  const known = [...new Set(hosts.flatMap(({ mirrors }) => mirrors.map((it) => it.name)))].sort();
  return new Misuse(`Cannot mirror to "${name}": the config has no mirror of this name`, {
    hint: known.length > 0
      ? `Name one of ${known.join(", ")}`
      : `Add it to the config: mirrors: { second: { store: { kind: "directory", path: "/mnt/mirror" } } }`,
  });
}

/** Refuses a mirror that is the store itself: its objects would all be there, and no second copy. */
function refuseItself(host: Host, { name, store }: Mirror): void {
  const [own, other] = [storeOf(host.store), storeOf(store)];
  const isSame = host.store.kind === "directory" || store.kind === "directory"
    ? own.place === other.place
    : own.identity === other.identity;
  if (!isSame) return;
  throw new Misuse(
    `Cannot mirror ${host.name} to ${name}: it is the store of the host itself, ${own.place}`,
    {
      hint: "Name another bucket or directory in the config",
    },
  );
}

async function ownSigner({ configFile }: Session, { signer }: Options): Promise<Signer> {
  const file = signer ?? `${dirname(resolve(configFile))}/keys/${SIGNING_FILE}`;
  if (!exists(file)) {
    throw new Misuse(`Cannot sign the dates of the snapshots: there is no signing key "${file}"`, {
      hint: `Run \`nightdrop keygen ${shellWord(dirname(file))} --signing\`, or name it: --signer FILE`,
    });
  }
  return await readSigner(await readPrivateText(file), file);
}
