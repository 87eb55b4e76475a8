import { EXIT } from "./exit.ts";
import { Interrupted } from "../model/failure.ts";

/** Signals that end a run, with what is said then. */
const ENDING = {
  SIGINT: "Interrupted",
  SIGTERM: "Interrupted by SIGTERM",
  SIGHUP: "Interrupted by SIGHUP: the terminal or the connection is gone",
} as const;

type Ending = keyof typeof ENDING;

/**
 * What comes within so short a time is one wish: systemd signals `deno task` and nightdrop, and the former passes it on; a
 * lost terminal is announced by the kernel and by the shell.
 */
const ONE_WISH_MS = 1000;

/**
 * A signal that INT, TERM and HUP abort. Another INT or TERM later ends the process at once; another HUP does not, for nobody
 * is there who could mean it.
 */
export function interruptible(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let since = 0;
  const stop = (name: Ending): void => {
    if (!controller.signal.aborted) {
      since = performance.now();
      controller.abort(new Interrupted(ENDING[name]));
    } else if (name !== "SIGHUP" && performance.now() - since > ONE_WISH_MS) Deno.exit(EXIT.INTERRUPTED);
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
