/**
 * Sets extended attributes, ACLs and capabilities with the program `setfattr` (Debian package `attr`),
 * because Deno has no such call (https://github.com/denoland/deno/issues/2415). It reads the output format of
 * `getfattr` from standard input: getfattr(1), `--dump`.
 *
 * @module
 */

/** Attributes of one file. */
export interface FileAttributes {
  /** Absolute path of the file. A symbolic link is not followed. */
  readonly place: string;
  /** Values of the attributes in base64, with their names. */
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** Result of setting attributes. */
export interface SetResult {
  /** Whether the program could be started. */
  readonly ran: boolean;
  /** Whether everything was set. */
  readonly complete: boolean;
  /** Places of files with refused attributes. */
  readonly refused: ReadonlySet<string>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Sets attributes of files. A refused attribute does not prevent the others from being set. */
export async function setAttributesOf(files: readonly FileAttributes[]): Promise<SetResult> {
  if (files.length === 0) return { ran: true, complete: true, refused: new Set() };
  const output = await run(encoder.encode(files.map(textOf).join("\n")));
  if (output === undefined) return { ran: false, complete: false, refused: new Set() };
  const lines = output.success ? [] : decoder.decode(output.stderr).split("\n");
  const refused = files.map(({ place }) => place).filter(isNamedIn(lines));
  return { ran: true, complete: output.success, refused: new Set(refused) };
}

/**
 * Runs the program. Returns undefined if it is missing, or if this process may not run it. It gets an empty
 * environment.
 */
async function run(input: Uint8Array<ArrayBuffer>): Promise<Deno.CommandOutput | undefined> {
  try {
    const setfattr = new Deno.Command("setfattr", {
      args: ["-h", "--restore=-"],
      clearEnv: true,
      env: { LC_ALL: "C" },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const [output] = await Promise.all([setfattr.output(), feed(setfattr.stdin, input)]);
    return output;
  } catch {
    return undefined;
  }
}

/**
 * Writes the input of the program. Errors are ignored: if the program ends early, its exit code shows it.
 */
async function feed(stdin: WritableStream<Uint8Array>, input: Uint8Array<ArrayBuffer>): Promise<void> {
  await new Blob([input]).stream().pipeTo(stdin).catch(() => {});
}

function textOf({ place, values }: FileAttributes): string {
  const lines = values.map(([name, value]) => `${escaped(name)}=${value === "" ? '""' : `0s${value}`}\n`);
  return `# file: ${escaped(place)}\n${lines.join("")}`;
}

/**
 * Returns a path or name as the program reads it, with all special bytes as octal escapes. Names come from
 * hosts that are not trusted, and must not be able to begin a line or end a name.
 */
function escaped(text: string): string {
  if (/^[\w./-]*$/.test(text)) return text;
  return [...encoder.encode(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}

/**
 * Returns a function that reports whether an error names a place. Errors have the form `setfattr: PATH:
 * REASON`, with some characters of the path as octal escapes.
 */
function isNamedIn(lines: readonly string[]): (place: string) => boolean {
  const paths = lines.map((line) => /^setfattr: (.*): [^:]*$/.exec(line)?.[1]).filter((it) =>
    it !== undefined
  );
  const named = new Set(paths);
  return (place) => named.has(place.replace(/[\n\r\\]/g, escaped));
}
