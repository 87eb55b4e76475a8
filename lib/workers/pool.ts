import { jobEnded } from "./garbage.ts";
import { type Listener, RunningJob } from "./job.ts";
import { pause } from "./pause.ts";
import type { Heard, Job, JobLink, Said } from "./protocol.ts";
import { workerModule } from "./worker_module.ts";

/** Threads that run jobs. */
export interface Workers extends Disposable {
  /** Number of jobs that run at the same time. */
  readonly jobs: number;
  /** Number of jobs that should be started at the same time, so that no thread is idle. */
  readonly wanted: number;
  /**
   * Runs a job. Transferred memory of the order belongs to the job, as with `postMessage`.
   *
   * @param job Job that `worker.ts` serves.
   * @throws The error of the job, or of an answer to its questions.
   */
  run<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer?: Transferable[],
  ): Promise<Result>;
  /**
   * Runs a job like {@linkcode run} if a thread, or this one, is idle. A brief job also runs if there is no other work than
   * brief jobs. Returns undefined otherwise; the order then keeps its memory.
   */
  offer<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer?: Transferable[],
  ): Promise<Result> | undefined;
}

/** Returns the number of volumes that are created or read at the same time. Default: one for each core. */
export function jobsOf({ jobs }: { readonly jobs?: number | undefined }): number {
  return jobs ?? navigator.hardwareConcurrency;
}

/**
 * Returns the number of threads in addition to the main thread. With up to two jobs, the main thread runs one
 * of them: its other work leaves enough time. With more jobs it runs none, because its other work and the
 * answers to the threads take all of its time.
 */
export function threadsFor(jobs: number): number {
  return jobs <= 2 ? jobs - 1 : jobs;
}

/**
 * Creates a pool for `count` jobs at the same time. It has as many `threads`, or one less: then this thread
 * runs jobs as well. Its jobs pause so that it can answer the threads, and each thread has its next orders
 * before it finishes a job.
 */
export function workers(count: number, threads: number = threadsFor(count)): Workers {
  return new WorkerPool(threads, threads < count);
}

/**
 * Creates a pool for `count` jobs that read volumes. Several jobs run in as many threads: this thread checks every part before
 * they may decrypt it, and they would wait for it if it ran jobs, too.
 */
export function readingWorkers(count: number): Workers {
  return workers(count, count === 1 ? 0 : count);
}

/** Thread that runs jobs. It is busy until a job ends. */
interface Runner {
  /** Whether it has nothing to do. */
  readonly isIdle: boolean;
  run<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[],
  ): Promise<Result>;
}

/** Runs jobs in this thread. Those that are not brief run one at a time: the pool then does not list it as idle. */
const here: Runner = {
  isIdle: true,
  async run<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
  ): Promise<Result> {
    const link: JobLink<Question, News> = {
      ask: async (question) => (await listener.answer(question)).value,
      report: (news) => listener.reported(news),
      pause,
    };
    try {
      if (job.isBrief) await pause(); // messages must not keep this thread from its other events
      return await job.work(order, link);
    } finally {
      if (!job.isBrief) jobEnded();
    }
  },
};

/** Maximum number of unfinished brief jobs of a thread that receives one more. */
const MAX_BRIEF = 2;

/** Pool in which a job waits until a runner is idle. */
class WorkerPool implements Workers {
  readonly jobs: number;
  readonly wanted: number;
  readonly #idle: Runner[];
  readonly #threads: Thread[] = [];
  readonly #limit: number;
  /**
   * Number of orders that a thread receives in advance. If this thread runs jobs as well, it may be late with
   * the next order, so two orders wait.
   */
  readonly #orders: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * Creates the pool.
   *
   * @param limit Maximum number of threads. They are started when there is work for them.
   * @param helping Whether this thread runs jobs as well.
   */
  constructor(limit: number, helping: boolean) {
    this.#limit = limit;
    this.#orders = helping ? 3 : 1;
    this.#idle = helping ? [here] : [];
    this.jobs = limit + (helping ? 1 : 0);
    this.wanted = limit * this.#orders + 1;
  }

  async run<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[] = [],
  ): Promise<Result> {
    return await this.#runIn(await this.#free(), job, order, listener, transfer);
  }

  offer<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[] = [],
  ): Promise<Result> | undefined {
    if (job.isBrief) return this.#spare()?.run(job, order, listener, transfer);
    if (this.#threads.length < this.#limit) this.#start();
    const at = this.#idle.findLastIndex(({ isIdle }) => isIdle);
    if (at === -1) return undefined;
    const [runner] = this.#idle.splice(at, 1);
    return this.#runIn(runner!, job, order, listener, transfer);
  }

  /** Returns the runner that finishes a brief job first; undefined if all of them have enough work. */
  #spare(): Runner | undefined {
    const [spare] = this.#threads.filter(({ load }) => load <= MAX_BRIEF).toSorted((a, b) => a.load - b.load);
    if (spare?.load !== 0 && this.#threads.length < this.#limit) return this.#start();
    return spare ?? this.#idle.find((runner) => runner === here);
  }

  async #runIn<Order, Question, News, Result>(
    runner: Runner,
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[],
  ): Promise<Result> {
    try {
      return await runner.run(job, order, listener, transfer);
    } finally {
      if (runner === here) this.#idle.unshift(runner); // threads come first
      else this.#idle.push(runner);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads, whatever they are doing. */
  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.end();
  }

  async #free(): Promise<Runner> {
    for (;;) {
      if (this.#threads.length < this.#limit) this.#start();
      const idle = this.#idle.pop();
      if (idle) return idle;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #start(): Thread {
    const thread = new Thread();
    this.#threads.push(thread);
    for (let order = 0; order < this.#orders; order++) this.#idle.push(thread);
    return thread;
  }
}

/** Thread that runs its jobs in the order in which they arrive. */
class Thread implements Runner {
  readonly #worker = new Worker(workerModule(), { type: "module" });
  /** Unfinished jobs, the current one first. */
  readonly #jobs: RunningJob[] = [];
  #ordered = 0;

  constructor() {
    this.#worker.onerror = (event): void => {
      event.preventDefault();
      for (const job of this.#jobs) job.fail(new Error(`A thread has failed: ${event.message}`));
    };
    this.#worker.onmessage = ({ data }: MessageEvent<Said>): void => {
      if (this.#jobs[0]!.hear(data)) this.#jobs.shift();
    };
  }

  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Number of unfinished jobs; infinite if one of them is not brief. */
  get load(): number {
    return this.#jobs.every(({ isBrief }) => isBrief) ? this.#jobs.length : Infinity;
  }

  run<Order, Question, News, Result>(
    { name, first, isBrief = false }: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[],
  ): Promise<Result> {
    const number = ++this.#ordered;
    const running = new RunningJob(number, isBrief, listener as Listener<unknown, unknown>, this.#say);
    this.#jobs.push(running);
    this.#say({ kind: "job", name, number, order }, transfer);
    if (first !== undefined) running.answer(0, first);
    return running.result as Promise<Result>;
  }

  end(): void {
    this.#worker.terminate();
  }

  readonly #say = (heard: Heard, transfer: Transferable[] = []): void =>
    this.#worker.postMessage(heard, transfer);
}
