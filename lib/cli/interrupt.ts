import { EXIT } from "./exit.ts";
import { Interrupted } from "../model/failure.ts";

/** Signals that end a run, with their messages. */
const ENDING = {
  SIGINT: "Interrupted",
  SIGTERM: "Interrupted by SIGTERM",
  SIGHUP: "Interrupted by SIGHUP: the terminal or the connection was closed",
} as const;

type Ending = keyof typeof ENDING;

/**
 * Signals within this time count as one request. systemd signals both `deno task` and nightdrop, and `deno task` passes
 * the signal on; for a closed terminal, both the kernel and the shell send SIGHUP.
 */
const SAME_REQUEST_MS = 1000;

/**
 * Returns an abort signal that SIGINT, SIGTERM and SIGHUP trigger. A later second SIGINT or SIGTERM ends the process at
 * once. A second SIGHUP does not: after a hang-up no user is present to ask for it.
 */
export function interruptible(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let since = 0;
  const stop = (name: Ending): void => {
    if (!controller.signal.aborted) {
      since = performance.now();
      controller.abort(new Interrupted(ENDING[name]));
    } else if (name !== "SIGHUP" && performance.now() - since > SAME_REQUEST_MS) Deno.exit(EXIT.INTERRUPTED);
  };
  const listeners = (Object.keys(ENDING) as Ending[]).map((name) => [name, () => stop(name)] as const);
  for (const [name, listener] of listeners) Deno.addSignalListener(name, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
