import { Damage, Failure, reason } from "../model/failure.ts";
import { jobEnded } from "./garbage.ts";
import { pause } from "./pause.ts";

/** Connection of a job to its caller. */
export interface JobLink<Question, News> {
  /**
   * Asks a question, and waits for the answer.
   *
   * @throws The error of the caller, if it cannot answer.
   */
  ask(question: Question): Promise<unknown>;
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
}

/** Job of a thread, which cannot check the type of its order: both sides are the same program. */
export type AnyJob = Job<never, unknown, never, unknown>;

/** Message from a thread. */
export type Said =
  | { readonly kind: "ask"; readonly question: unknown }
  | { readonly kind: "report"; readonly news: unknown }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly failure: Thrown };

/** Message to a thread. */
export type Heard =
  | { readonly kind: "job"; readonly name: string; readonly number: number; readonly order: unknown }
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "refusal"; readonly failure: Thrown }
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
  const say = (said: Said, transfer: Transferable[] = []): void => self.postMessage(said, transfer);
  const questions = new Questions((question) => say({ kind: "ask", question }));
  const link: JobLink<unknown, unknown> = {
    ask: (question) => questions.ask(question),
    report: (news, transfer) => say({ kind: "report", news }, transfer),
    pause: async () => {
      if (Date.now() - paused > PAUSE_EVERY_MS) {
        await pause();
        paused = Date.now();
      }
      if (stopped !== undefined) throw stopped;
    },
  };
  let last = Promise.resolve();
  let paused = 0;
  let inProgress = 0;
  let stopped: Error | undefined;
  const work = async (name: string, number: number, order: unknown): Promise<void> => {
    const job = byName.get(name)!;
    [inProgress, stopped] = [number, undefined];
    questions.isFirstKnown = job.first !== undefined;
    try {
      say({ kind: "done", result: await job.work(order as never, link) });
    } catch (error) {
      say({ kind: "failed", failure: thrown(error) });
    }
    jobEnded();
  };
  self.onmessage = ({ data }: MessageEvent<Heard>): void => {
    if (data.kind === "answer") questions.answered(Promise.resolve(data.value));
    else if (data.kind === "refusal") questions.answered(Promise.reject(rethrown(data.failure)));
    else if (data.kind === "job") last = last.then(() => work(data.name, data.number, data.order));
    else if (data.number === inProgress) stopped = rethrown(data.failure);
  };
}

/** Questions of jobs to the caller, and its answers in the same order. Those to first questions may come before the questions. */
class Questions {
  readonly #say: (question: unknown) => void;
  readonly #answers: Promise<unknown>[] = [];
  readonly #awaited: ((answer: Promise<unknown>) => void)[] = [];
  /** Whether the caller answers the next question without being asked. */
  isFirstKnown = false;

  constructor(say: (question: unknown) => void) {
    this.#say = say;
  }

  ask(question: unknown): Promise<unknown> {
    if (!this.isFirstKnown) this.#say(question);
    this.isFirstKnown = false;
    return this.#answers.shift() ?? new Promise((resolve) => this.#awaited.push(resolve));
  }

  answered(answer: Promise<unknown>): void {
    answer.catch(() => {}); // it is thrown where it is awaited
    const resolve = this.#awaited.shift();
    if (resolve === undefined) this.#answers.push(answer);
    else resolve(answer);
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
