/** How long code keeps a thread to itself: so long a signal, a timer and other threads have to wait. */
import { setImmediate } from "node:timers";
import { processorMs } from "./processor.ts";

/** Returns the most milliseconds of processor time that `body` takes between two turns of the event loop. */
export async function longestTurn(body: () => Promise<unknown>): Promise<number> {
  let [last, longest, ended] = [processorMs(), 0, false];
  const turn = (): void => {
    const now = processorMs();
    [last, longest] = [now, Math.max(longest, now - last)];
    if (!ended) setImmediate(turn);
  };
  turn();
  try {
    await body();
  } finally {
    ended = true;
    turn();
  }
  return longest;
}
