/** Captures the standard output and error of a test. */

export interface Written {
  readonly stdout: string;
  readonly stderr: string;
  /** Both outputs, in the order in which they were written. */
  readonly all: string;
}

/** Runs `body`, and returns its output instead of writing it. */
export function written(body: () => void): Written {
  const streams = [["stdout", Deno.stdout, Deno.stdout.writeSync], [
    "stderr",
    Deno.stderr,
    Deno.stderr.writeSync,
  ]] as const;
  const texts = { stdout: "", stderr: "", all: "" };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for (const [name, stream] of streams) {
    stream.writeSync = (bytes) => {
      const text = decoders[name].decode(bytes, { stream: true });
      texts[name] += text;
      texts.all += text;
      return bytes.length;
    };
  }
  try {
    body();
  } finally {
    for (const [, stream, before] of streams) stream.writeSync = before;
  }
  return texts;
}
