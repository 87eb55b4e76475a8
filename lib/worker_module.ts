let embedded: string | undefined;

/** The script in one file carries the worker's source in itself, and tells it here before anything is run. */
export function embedWorker(source: string): void {
  embedded = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}

/**
 * Where threads find what they run. In a clone that is a file, and Deno asks for read permission on it and on all that
 * it imports; a worker of the script in one file needs none.
 */
export function workerModule(): string {
  return embedded ?? import.meta.resolve("./worker.ts");
}
