import { jobEnded } from "./garbage.ts";
import { type Listener, RunningJob } from "./job.ts";
import { pause } from "./pause.ts";
import type { Heard, Job, JobLink, Said } from "./protocol.ts";
import { workerModule } from "./worker_module.ts";

/** Workers that run jobs. */
export interface Workers extends Disposable {
  /** How many jobs are worth having under way, so that no thread waits for work. */
  readonly wanted: number;
  /**
   * Runs a job. What is transferred of the order belongs to the job, as with `postMessage`.
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
}

/** Returns the number of volumes that are made or read at the same time: by default one for each core. */
export function jobsOf({ jobs }: { readonly jobs?: number | undefined }): number {
  return jobs ?? navigator.hardwareConcurrency;
}

/**
 * Threads beside the first. Up to two jobs, one of them is the first thread's: what else it does leaves it the time. With
 * more it does none: what else there is, and to answer the others, is all that it can do.
 */
export function threadsFor(jobs: number): number {
  return jobs <= 2 ? jobs - 1 : jobs;
}

/**
 * Workers, `count` of them, and so many `threads`: all, or all but one, whose place is this thread. While that works, the
 * others wait for its answers: it pauses for them, and each has its next orders before it is done with one.
 */
export function workers(count: number, threads: number = threadsFor(count)): Workers {
  return new WorkerPool(threads, threads < count);
}

/** Runs a job, and is busy until it is done. */
type Hand = <Order, Question, News, Result>(
  job: Job<Order, Question, News, Result>,
  order: Order,
  listener: Listener<Question, News>,
  transfer: Transferable[],
) => Promise<Result>;

/** Runs jobs in this thread. */
const here: Hand = async <Order, Question, News, Result>(
  job: Job<Order, Question, News, Result>,
  order: Order,
  listener: Listener<Question, News>,
): Promise<Result> => {
  const link: JobLink<Question, News> = {
    ask: async (question) => (await listener.answer(question)).value,
    report: (news) => listener.reported(news),
    pause,
  };
  try {
    return await job.work(order, link);
  } finally {
    jobEnded();
  }
};

/** A job that finds no hand idle waits for its turn. */
class WorkerPool implements Workers {
  readonly wanted: number;
  readonly #idle: Hand[];
  readonly #threads: Thread[] = [];
  readonly #limit: number;
  /** Orders that a thread takes at a time: where this thread works as well it is late to give another, so two wait. */
  readonly #orders: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param limit of threads, which are started when there is work for them.
   * @param helping whether this thread does jobs, too.
   */
  constructor(limit: number, helping: boolean) {
    this.#limit = limit;
    this.#orders = helping ? 3 : 1;
    this.#idle = helping ? [here] : [];
    this.wanted = limit * this.#orders + 1;
  }

  async run<Order, Question, News, Result>(
    job: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[] = [],
  ): Promise<Result> {
    const hand = await this.#free();
    try {
      return await hand(job, order, listener, transfer);
    } finally {
      if (hand === here) this.#idle.unshift(hand); // threads come first
      else this.#idle.push(hand);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads, whatever they are at. */
  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.end();
  }

  async #free(): Promise<Hand> {
    for (;;) {
      if (this.#threads.length < this.#limit) this.#start();
      const idle = this.#idle.pop();
      if (idle) return idle;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #start(): void {
    const thread = new Thread();
    this.#threads.push(thread);
    const hand: Hand = (job, order, listener, transfer) => thread.run(job, order, listener, transfer);
    for (let order = 0; order < this.#orders; order++) this.#idle.push(hand);
  }
}

/** A thread does its jobs in the order in which they come. */
class Thread {
  readonly #worker = new Worker(workerModule(), { type: "module" });
  /** Those that are not done, the one under way first. */
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

  run<Order, Question, News, Result>(
    { name }: Job<Order, Question, News, Result>,
    order: Order,
    listener: Listener<Question, News>,
    transfer: Transferable[],
  ): Promise<Result> {
    const number = ++this.#ordered;
    const running = new RunningJob(number, listener as Listener<unknown, unknown>, this.#say);
    this.#jobs.push(running);
    this.#say({ kind: "job", name, number, order }, transfer);
    return running.result as Promise<Result>;
  }

  end(): void {
    this.#worker.terminate();
  }

  readonly #say = (heard: Heard, transfer: Transferable[] = []): void =>
    this.#worker.postMessage(heard, transfer);
}
