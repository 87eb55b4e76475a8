let embedded: string | undefined;

/**
 * The script in one file contains the source of the worker, and sets it here before anything else runs. It becomes a
 * `data:` URL, not a `blob:` one, which executables made by older versions of Deno do not find.
 */
export function embedWorker(source: string): void {
  embedded = `data:text/javascript;base64,${new TextEncoder().encode(source).toBase64()}`;
}

/**
 * Where threads find what they run. In a clone that is a file, and Deno asks for read permission on it and on all that
 * it imports; a worker of the script in one file needs none.
 */
export function workerModule(): string {
  return embedded ?? import.meta.resolve("../worker.ts");
}
