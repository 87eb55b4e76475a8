import { Damage, Failure, reason } from "../model/failure.ts";
import { jobEnded } from "./garbage.ts";
import { pause } from "./pause.ts";

/** Connection of a job to its caller. */
export interface JobLink<Question, News> {
  /**
   * Asks a question, and waits for the answer. Several questions may be open at a time. Transferred memory belongs to the
   * receiver.
   *
   * @throws The error of the caller, if it cannot answer.
   */
  ask(question: Question, transfer?: Transferable[]): Promise<unknown>;
  /** Reports, and continues. Transferred memory belongs to the receiver. */
  report(news: News, transfer?: Transferable[]): void;
  /**
   * Pauses; must be awaited regularly. On the thread of the caller, it lets the caller handle messages and
   * answer other threads. On another thread, it throws the errors of the caller's handlers.
   */
  pause(): Promise<void>;
}

/** Work for a thread, as a value: a caller passes the job, and a thread finds its function by the name. */
export interface Job<Order, Question, News, Result> {
  /** Unique name of the job. */
  readonly name: string;
  /** Runs the job. The order and the result are plain data that can be posted. */
  readonly work: (order: Order, link: JobLink<Question, News>) => Promise<Result>;
  /**
   * First question of every job, if there is always the same one: a caller answers it while the job still waits for its
   * thread, because the thread of the caller may be busy later.
   */
  readonly first?: Question;
  /** Whether it takes milliseconds only and leaves no garbage. A thread receives the next one before it finishes one. */
  readonly isBrief?: boolean;
}

/** Job of a thread, which cannot check the type of its order: both sides are the same program. */
export type AnyJob = Job<never, unknown, never, unknown>;

/** Message from a thread. */
export type Said =
  | { readonly kind: "ask"; readonly id: number; readonly question: unknown }
  | { readonly kind: "report"; readonly news: unknown }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly failure: Thrown };

/** Message to a thread. */
export type Heard =
  | { readonly kind: "job"; readonly name: string; readonly number: number; readonly order: unknown }
  /** Answer to the question with this id, from 0, of the job with this number. */
  | { readonly kind: "answer"; readonly number: number; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly number: number; readonly id: number; readonly failure: Thrown }
  /** Ends the job with this number, if it is still running, at its next pause. */
  | { readonly kind: "stop"; readonly number: number; readonly failure: Thrown };

/** Error as it is posted between threads, which cannot transfer classes. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

/** Interval in milliseconds at which a thread checks whether its job must end. */
const PAUSE_EVERY_MS = 100;

/** Runs, in a thread, the jobs that it receives by name, one after the other. */
export function serve(...jobs: readonly AnyJob[]): void {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const unfinished = new Map<number, ReceivedJob>();
  let last = Promise.resolve();
  const received = ({ name, number, order }: Heard & { kind: "job" }): void => {
    const job = new ReceivedJob(byName.get(name) ?? unknown(name));
    unfinished.set(number, job);
    last = last.then(() => job.run(order)).finally(() => unfinished.delete(number));
  };
  self.onmessage = ({ data }: MessageEvent<Heard>): void => {
    if (data.kind === "job") received(data);
    else unfinished.get(data.number)?.hear(data);
  };
}

/** Returns a job that fails, to run in the place of one that no thread serves: the jobs after it still run. */
function unknown(name: string): AnyJob {
  return { name, work: () => Promise.reject(new Error(`no thread serves jobs called ${name}`)) };
}

/** Posts a message to the caller. */
function say(said: Said, transfer: Transferable[] = []): void {
  self.postMessage(said, transfer);
}

/** Time at which this thread last checked for messages. */
let paused = 0;

/** Job of this thread. Answers for it may arrive while an earlier job still runs, or when it has already ended. */
class ReceivedJob implements JobLink<unknown, unknown> {
  readonly #job: AnyJob;
  readonly #answers = new Answers();
  #asked = 0;
  #stopped: Error | undefined;

  constructor(job: AnyJob) {
    this.#job = job;
  }

  async run(order: unknown): Promise<void> {
    try {
      say({ kind: "done", result: await this.#job.work(order as never, this) });
    } catch (error) {
      say({ kind: "failed", failure: thrown(error) });
    }
    if (!this.#job.isBrief) jobEnded();
  }

  ask(question: unknown, transfer?: Transferable[]): Promise<unknown> {
    const id = this.#asked++;
    const isKnown = id === 0 && this.#job.first !== undefined;
    if (!isKnown) say({ kind: "ask", id, question }, transfer);
    return this.#answers.take(id);
  }

  report(news: unknown, transfer?: Transferable[]): void {
    say({ kind: "report", news }, transfer);
  }

  async pause(): Promise<void> {
    if (Date.now() - paused > PAUSE_EVERY_MS) {
      await pause();
      paused = Date.now();
    }
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  hear(data: Exclude<Heard, { kind: "job" }>): void {
    if (data.kind === "stop") this.#stopped = rethrown(data.failure);
    else if (data.kind === "answer") this.#answers.put(data.id, Promise.resolve(data.value));
    else this.#answers.put(data.id, Promise.reject(rethrown(data.failure)));
  }
}

/** Answers by the ids of their questions. One may come before it is awaited, and they come in any order. */
class Answers {
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();

  put(id: number, answer: Promise<unknown>): void {
    this.#of(id).resolve(answer);
  }

  async take(id: number): Promise<unknown> {
    try {
      return await this.#of(id).promise;
    } finally {
      this.#answers.delete(id);
    }
  }

  #of(id: number): PromiseWithResolvers<unknown> {
    const known = this.#answers.get(id);
    if (known !== undefined) return known;
    const fresh = Promise.withResolvers<unknown>();
    fresh.promise.catch(() => {}); // it is thrown where it is awaited
    this.#answers.set(id, fresh);
    return fresh;
  }
}

/** Returns an error in a form that can be posted. */
export function thrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: reason(error) };
  const { name, message, stack } = error;
  return { name, message, stack, hint: error instanceof Failure ? error.hint : undefined };
}

/** Returns the error that a thread reported. */
export function rethrown({ name, message, hint, stack }: Thrown): Error {
  if (name === "Damage") return new Damage(message, { hint });
  if (name === "Failure") return new Failure(message, { hint });
  return new Error(`${name}: ${message}`, { cause: stack });
}

declare const self: {
  onmessage: (event: MessageEvent<Heard>) => void;
  postMessage(said: Said, transfer: Transferable[]): void;
};
