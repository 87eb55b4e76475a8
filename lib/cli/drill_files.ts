/** Files that go between the machine of a drill and the one with the private key. */
import { dirname } from "node:path/posix";
import { readPrivateText } from "../config/private_file.ts";
import { replaceFile } from "../disk/replace.ts";
import { type Answered, missingOf } from "../drill/missing.ts";
import { encodePlan } from "../drill/plan.ts";
import { answer, decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } from "../drill/request.ts";
import { Failure, Misuse, reason, withHint } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import type { Identity } from "../seal/identity.ts";
import { openerOf } from "../seal/session_key.ts";
import type { Host } from "../config/types.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { formatNumber } from "./format.ts";
import type { Session } from "./session.ts";

/**
 * Reads answers to requests of one drill.
 *
 * @throws {Misuse} if one is none, other users can read it, or they are of different drills.
 */
export async function readAnswers(files: readonly string[]): Promise<Answered> {
  const answers = [];
  for (const file of files) answers.push({ file, ...decodeAnswer(await readPrivateText(file), file) });
  const [first, ...others] = answers;
  const other = others.find(({ plan }) => encodePlan(plan) !== encodePlan(first!.plan));
  if (other !== undefined) {
    throw new Misuse(`"${first!.file}" and "${other.file}" are answers to requests of different drills`, {
      hint: "Name the answers of one drill: their first lines are the same",
    });
  }
  return { plan: first!.plan, keys: new Map(answers.flatMap(({ keys }) => [...keys])) };
}

/** Writes a request for the session keys that are missing. */
export async function writeRequest(
  session: Session,
  hosts: readonly Host[],
  file: string,
  from: { readonly seed: string; readonly answered: Answered | undefined },
): Promise<ExitCode> {
  const { output, run } = session;
  const { plan, packets, failed } = await missingOf(
    hosts,
    (host, body) => session.withReader(host, body),
    from,
    run,
  );
  for (const [host, why] of failed) output.failHost(host, new Failure(why));
  const result = {
    event: "drillRequest",
    file,
    seed: plan.seed,
    hosts: plan.hosts.size,
    sessionKeys: packets.size,
  };
  if (packets.size === 0) {
    output.data(
      "No session key is missing: run `nightdrop drill` with --session-keys, without --request",
      result,
    );
  } else {
    writeFile(file, encodeRequest(plan, packets), 0o644);
    output.data(
      `${
        asked(packets.size, plan.hosts.size)
      }. On the machine with the private key: nightdrop drill --answer ${shellWord(file)} --identity …`,
      result,
    );
  }
  return failed.size === 0 ? EXIT.DONE : EXIT.FAILED;
}

/** Answers a request: writes the session keys into a file beside it. */
export async function answerRequest(
  { output }: Session,
  file: string,
  identities: readonly Identity[],
): Promise<ExitCode> {
  const { plan, packets } = decodeRequest(textOf(file), file);
  const { keys, refused } = await answer(packets, openerOf(identities));
  const [first] = refused;
  if (keys.size === 0 && first !== undefined) throw first;
  const answered = `${file}.keys`;
  writeFile(answered, encodeAnswer(plan, keys), 0o600);
  const result = {
    event: "drillAnswer",
    file: answered,
    hosts: plan.hosts.size,
    sessionKeys: keys.size,
    refused: refused.length,
  };
  output.data(
    `${
      asked(packets.size, plan.hosts.size)
    }. ${keys.size} written to ${answered}: with them and the store, these parts of the backups can be read`,
    result,
  );
  if (first === undefined) return EXIT.DONE;
  output.warn(
    `${formatNumber(refused.length, "session key")} could not be opened. The first: ${withHint(first)}`,
  );
  return EXIT.FAILED;
}

function asked(keys: number, hosts: number): string {
  return `The request asks for ${formatNumber(keys, "session key")} of ${formatNumber(hosts, "host")}`;
}

function textOf(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    throw new Misuse(`Cannot read the request "${file}": ${reason(error)}`, {
      hint: "Name the file that `nightdrop drill --request FILE` wrote",
      cause: error,
    });
  }
}

/** Writes a file whole or not at all. */
export function writeFile(file: string, text: string, mode: number): void {
  try {
    replaceFile(file, text, mode);
  } catch (error) {
    throw new Failure(`Cannot write "${file}": ${reason(error)}`, {
      hint: `Its directory must exist: \`mkdir -p ${shellWord(dirname(file))}\``,
      cause: error,
    });
  }
}
