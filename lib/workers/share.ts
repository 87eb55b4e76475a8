import type { Workers } from "./pool.ts";

/** Returns threads for one of `users` that share a pool, and that start as many jobs together as one user alone. */
export function shareOf(pool: Workers, users: number): Workers {
  return {
    jobs: Math.ceil(pool.jobs / users),
    wanted: Math.ceil(pool.wanted / users),
    run: (job, order, listener, transfer) => pool.run(job, order, listener, transfer),
    offer: (job, order, listener, transfer) => pool.offer(job, order, listener, transfer),
    [Symbol.dispose](): void {},
  };
}
