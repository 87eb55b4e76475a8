/** Captures the standard output and error of a test. */

export interface Written {
  readonly stdout: string;
  readonly stderr: string;
  /** Both outputs, in the order in which they were written. */
  readonly all: string;
}

/** Runs `body`, and returns its output instead of writing it. */
export function written(body: () => void): Written {
  const capture = new Capture();
  try {
    body();
  } finally {
    capture[Symbol.dispose]();
  }
  return capture.texts;
}

/** As {@link written}, for what takes time. */
export async function writtenLater(body: () => Promise<void>): Promise<Written> {
  const capture = new Capture();
  try {
    await body();
  } finally {
    capture[Symbol.dispose]();
  }
  return capture.texts;
}

class Capture implements Disposable {
  readonly texts = { stdout: "", stderr: "", all: "" };
  readonly #before = [Deno.stdout.writeSync, Deno.stderr.writeSync] as const;

  constructor() {
    for (const name of ["stdout", "stderr"] as const) {
      const decoder = new TextDecoder();
      Deno[name].writeSync = (bytes) => {
        const text = decoder.decode(bytes, { stream: true });
        this.texts[name] += text;
        this.texts.all += text;
        return bytes.length;
      };
    }
  }

  [Symbol.dispose](): void {
    [Deno.stdout.writeSync, Deno.stderr.writeSync] = this.#before;
  }
}
