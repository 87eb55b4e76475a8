/** What `deno compile` puts behind the runtime in an executable: JSON about the program, and the files it consists of. */

/** What the executable was told of the program. */
export interface Metadata {
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8_flags: readonly string[];
  readonly entrypoint_key: string;
}

/** An executable taken apart. */
export interface Compiled {
  readonly metadata: Metadata;
  /** Content of the embedded files by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface FileRecord {
  readonly File: { readonly n: string; readonly o: readonly [start: number, length: number] };
}

const LENGTH_BYTES = 8;

/** Takes an executable apart. */
export function readCompiled(path: string): Compiled {
  const bytes = Deno.readFileSync(path);
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf('{"argv":');
  const metadata = jsonAt(text, start);
  const listing = jsonAt(text, text.indexOf('[{"File":', start + metadata.length));
  const content = text.indexOf(listing, start) + listing.length + LENGTH_BYTES;
  const records: FileRecord[] = JSON.parse(listing);
  const files = records.map(({ File: { n: name, o: [offset, length] } }) =>
    [name, bytes.subarray(content + offset, content + offset + length)] as const
  );
  return { metadata: JSON.parse(metadata), files: new Map(files) };
}

/** The JSON that starts there; no string in it has a bracket. */
function jsonAt(text: string, start: number): string {
  let depth = 0;
  let end = start;
  do {
    if ("{[".includes(text[end]!)) depth += 1;
    if ("}]".includes(text[end]!)) depth -= 1;
    end += 1;
  } while (depth > 0);
  return text.slice(start, end);
}
