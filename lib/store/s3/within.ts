/**
 * Ends `call` by its signal when `limit` milliseconds have passed since it began, or since it last said that it goes
 * on, with an error named `TimeoutError`; or with `signal`.
 *
 * It does not depend on which sockets the layers below use for the call: in Deno 2.9.6 a socket's own timeout may
 * be on one that is dead while the request was sent again by another.
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
    throw deadline.signal.aborted ? new DOMException("Too slow", "TimeoutError") : error;
  } finally {
    clearTimeout(timer);
  }
}
