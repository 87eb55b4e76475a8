/** Returns the result of a question about the system; undefined if the sandbox or the system gives no answer. */
export function known<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
