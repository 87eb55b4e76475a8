import { JOBS } from "./jobs.ts";
import { type Heard, rethrown, type Said, thrown } from "./thread.ts";
import { workerModule } from "./worker_module.ts";

/** What a thread asks and tells while it does a job. */
export interface Listener<Question, News> {
  /** Answers a question; the thread waits. What is transferred is the thread's. */
  answer(question: Question): Promise<{ readonly value: unknown; readonly transfer?: Transferable[] }>;
  /** Takes news. */
  told(news: News): void;
}

type JobName = keyof typeof JOBS;

/** Those who do jobs. */
export interface Workers extends Disposable {
  /** How many jobs are worth having under way: one for each worker, and one that waits for the first to be idle. */
  readonly wanted: number;
  /**
   * Does the job `name` of `jobs.ts`.
   *
   * @throws what the job throws, or what answering its questions throws.
   */
  run<Question, News, Result>(
    name: JobName,
    order: unknown,
    listener: Listener<Question, News>,
  ): Promise<Result>;
}

/** How many volumes a host makes at the same time. */
export function jobsOf({ jobs }: { readonly jobs: number | undefined }): number {
  return jobs ?? navigator.hardwareConcurrency;
}

/**
 * As many workers as said: threads, but for a single one, whose place is this thread. With others this thread is left to
 * answer their questions: what it worked on itself would make them wait.
 */
export function workers(count: number): Workers {
  return count === 1 ? new Hands(0, [here]) : new Hands(count, []);
}

/** Does a job, and is busy until it is done. */
type Hand = <Question, News, Result>(
  name: JobName,
  order: unknown,
  listener: Listener<Question, News>,
) => Promise<Result>;

/** This thread. */
const here: Hand = async <Question, News, Result>(
  name: JobName,
  order: unknown,
  { answer, told }: Listener<Question, News>,
): Promise<Result> => {
  const ask = async (question: Question): Promise<unknown> => (await answer(question)).value;
  return await JOBS[name](order as never, { ask, tell: told } as never) as Result;
};

/** A job that finds no hand idle waits for its turn. */
class Hands implements Workers {
  readonly wanted: number;
  readonly #idle: Hand[];
  readonly #started: Worker[] = [];
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];

  /** @param limit of threads, which are started when there is work for them. */
  constructor(limit: number, idle: Hand[]) {
    this.#limit = limit;
    this.#idle = idle;
    this.wanted = limit + 1;
  }

  async run<Question, News, Result>(
    name: JobName,
    order: unknown,
    listener: Listener<Question, News>,
  ): Promise<Result> {
    const hand = await this.#free();
    try {
      return await hand<Question, News, Result>(name, order, listener);
    } finally {
      this.#idle.push(hand);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads, whatever they are at. */
  [Symbol.dispose](): void {
    for (const worker of this.#started) worker.terminate();
  }

  async #free(): Promise<Hand> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle) return idle;
      if (this.#started.length < this.#limit) return this.#start();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #start(): Hand {
    const worker = new Worker(workerModule(), { type: "module" });
    this.#started.push(worker);
    return (name, order, listener) => job(worker, { kind: "job", name, order }, listener);
  }
}

/**
 * A job of one thread, from its order to its end. Where the listener throws, the thread learns of it when it next asks
 * for something, and comes to its end by itself, so that it has put away what it was at; then the same is thrown here.
 */
function job<Question, News, Result>(
  worker: Worker,
  order: Heard,
  listener: Listener<Question, News>,
): Promise<Result> {
  const say = (heard: Heard, transfer: Transferable[] = []): void => worker.postMessage(heard, transfer);
  let refusal: { readonly error: unknown } | undefined;
  const answer = async (question: Question): Promise<void> => {
    try {
      if (refusal) throw refusal.error;
      const { value, transfer } = await listener.answer(question);
      say({ kind: "answer", value }, transfer);
    } catch (error) {
      refusal ??= { error };
      say({ kind: "refusal", failure: thrown(error) });
    }
  };
  const hear = (news: News): void => {
    try {
      listener.told(news);
    } catch (error) {
      refusal ??= { error };
    }
  };
  return new Promise((resolve, reject) => {
    worker.onerror = (event): void => {
      event.preventDefault();
      reject(new Error(`A thread has failed: ${event.message}`));
    };
    worker.onmessage = ({ data }: MessageEvent<Said>): void => {
      if (data.kind === "ask") answer(data.question as Question);
      else if (data.kind === "tell") hear(data.news as News);
      else if (refusal) reject(refusal.error);
      else if (data.kind === "failed") reject(rethrown(data.failure));
      else resolve(data.result as Result);
    };
    say(order);
  });
}
