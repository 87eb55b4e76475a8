let embedded: string | undefined;

/**
 * Sets the source of the worker. The single-file script contains it, and calls this before anything else. It
 * becomes a `data:` URL instead of a `blob:` URL, which executables of older versions of Deno do not find.
 */
export function embedWorker(source: string): void {
  embedded = `data:text/javascript;base64,${new TextEncoder().encode(source).toBase64()}`;
}

/**
 * Returns the module that threads run. In a clone it is a file, for which Deno requires the permission to
 * read it and everything that it imports; the worker of the single-file script needs no permission.
 */
export function workerModule(): string {
  return embedded ?? import.meta.resolve("../worker.ts");
}
