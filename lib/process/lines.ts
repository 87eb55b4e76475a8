/** Maximum length of a reported line. A line without an end must not fill the memory. */
const MAX_LINE = 2000;

/**
 * Reports each line of a stream, until it ends or `enough` is aborted. Bytes that are not UTF-8 become U+FFFD; empty
 * lines are skipped.
 */
export async function reportLines(
  pieces: ReadableStream<Uint8Array>,
  enough: AbortSignal,
  report: (line: string) => void,
): Promise<void> {
  const reader = pieces.getReader();
  const stop = (): void => void reader.cancel();
  enough.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!.slice(0, MAX_LINE);
    for (const line of lines) if (line !== "") report(line.slice(0, MAX_LINE));
  };
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    take(decoder.decode(next.value, { stream: true }));
  }
  take(decoder.decode() + "\n");
  enough.removeEventListener("abort", stop);
}
