/** Number of jobs of a thread after which its garbage is collected. */
const COLLECTED_EACH = 8;

/** Garbage collector of V8; defined only with `--expose-gc`. */
const collect = (globalThis as { readonly gc?: () => void }).gc;

let ended = 0;

/**
 * Records the end of a job of this thread, and regularly collects its garbage. A job creates so little of it
 * that V8 would let it grow to 30 MB without incremental marking; with it, marking takes a sixth of the time.
 */
export function jobEnded(): void {
  ended += 1;
  if (ended % COLLECTED_EACH === 0) collect?.();
}
