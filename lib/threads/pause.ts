import { setImmediate } from "node:timers";

/** Lets this thread come to what has happened meanwhile: what other threads have said, what has been stored, a signal. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
