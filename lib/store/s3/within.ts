/**
 * Runs `call`, and aborts its signal with an error named `TimeoutError` when `limit` milliseconds have passed
 * since it began or last reported progress; or with the reason of `signal`.
 *
 * It does not depend on the sockets that the layers below use: in Deno 2.9.6 a timeout of a socket may apply
 * to a dead socket, while the request was sent again through another one.
 */
export async function within<T>(
  limit: number,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal, goesOn: () => void) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const end = (): void => deadline.abort();
  let timer = setTimeout(end, limit);
  const goesOn = (): void => {
    clearTimeout(timer);
    timer = setTimeout(end, limit);
  };
  try {
    const either = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    return await call(either, goesOn);
  } catch (error) {
    throw deadline.signal.aborted ? tooSlow() : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the error for a call that is aborted because of the time it takes. */
export function tooSlow(): DOMException {
  return new DOMException("Too slow", "TimeoutError");
}
