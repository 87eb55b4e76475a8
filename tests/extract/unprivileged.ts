/**
 * Restores entries as a user who is not root, and prints what came of it. Read as a program, not as a module: it
 * gives its rights away once its own modules are loaded, which another user might not be able to read.
 */
import process from "node:process";
import type { Entry } from "../../lib/model/entry.ts";
import { restoreWithAttributes } from "./support.ts";

/** What this program reads from its standard input. */
export interface Task {
  readonly target: string;
  readonly entries: readonly Entry[];
  readonly overwrite?: boolean;
  readonly tolerant?: boolean;
}

/** What it prints. */
export interface Outcome {
  readonly notes?: string[];
  readonly error?: { readonly name: string; readonly message: string };
}

/** The user and group that a task of root is run as. */
export const NOBODY = 65534;

/** Runs a task as somebody who is not root. */
export async function unprivileged(task: Task, permissions: readonly string[] = ["-A"]): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, import.meta.filename!],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await new Blob([JSON.stringify(task)]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function perform({ target, entries, ...how }: Task): Promise<Outcome> {
  try {
    return { notes: await restoreWithAttributes(target, entries, how) };
  } catch (error) {
    return { error: error as Error };
  }
}

if (import.meta.main) {
  const task = JSON.parse(await new Response(Deno.stdin.readable).text());
  if (Deno.uid() === 0) {
    process.setgid!(NOBODY);
    process.setuid!(NOBODY);
  }
  const { notes, error } = await perform(task);
  const outcome = {
    ...(notes && { notes }),
    ...(error && { error: { name: error.name, message: error.message } }),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcome)));
}
