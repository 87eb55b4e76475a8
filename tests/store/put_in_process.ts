import { run } from "../support/foreign.ts";

/**
 * What `one_put.ts` says in a process with just these permissions and variables, started by way of `wrapper`.
 *
 * @param options A directory store's `path`, or {@link S3Options} with `accessKeyId` and `secret`.
 */
export async function putElsewhere(
  options: unknown,
  permissions: readonly string[],
  env: Readonly<Record<string, string>> = {},
  wrapper: readonly string[] = [],
): Promise<string> {
  const program = new URL("one_put.ts", import.meta.url).pathname;
  const deno = [Deno.execPath(), "run", "--quiet", "--no-prompt", ...permissions, program];
  const [command, ...args] = [...wrapper, ...deno, JSON.stringify(options)];
  const { text, stderr } = await run(command!, args, { env: { NODE_EXTRA_CA_CERTS: "", ...env } });
  return text === "" ? stderr : text;
}
