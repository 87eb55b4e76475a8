import { Damage, Failure, reason } from "../model/failure.ts";

/** What a job may say to those who ordered it. */
export interface Link<Question, News> {
  /** Asks, and waits for the answer, or throws what kept them from giving one. What is transferred is theirs. */
  ask(question: Question, transfer?: Transferable[]): Promise<unknown>;
  /** Tells, and goes on. */
  tell(news: News): void;
}

/** From a thread. */
export type Said =
  | { readonly kind: "ask"; readonly question: unknown }
  | { readonly kind: "tell"; readonly news: unknown }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly failure: Thrown };

/** To a thread. */
export type Heard =
  | { readonly kind: "job"; readonly name: string; readonly order: unknown }
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "refusal"; readonly failure: Thrown };

/** An error on its way between threads, which keep no classes. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

// deno-lint-ignore no-explicit-any
type Job = (order: any, link: Link<any, any>) => Promise<unknown>;

/** The side of the thread: does the jobs it is told by name, one at a time. */
export function serve(jobs: Readonly<Record<string, Job>>): void {
  const say = (said: Said, transfer: Transferable[] = []): void => self.postMessage(said, transfer);
  let asked = Promise.withResolvers<unknown>();
  const link: Link<unknown, unknown> = {
    ask: (question, transfer) => {
      asked = Promise.withResolvers();
      say({ kind: "ask", question }, transfer);
      return asked.promise;
    },
    tell: (news) => say({ kind: "tell", news }),
  };
  self.onmessage = async ({ data }: MessageEvent<Heard>): Promise<void> => {
    if (data.kind === "answer") return asked.resolve(data.value);
    if (data.kind === "refusal") return asked.reject(rethrown(data.failure));
    try {
      say({ kind: "done", result: await jobs[data.name]!(data.order, link) });
    } catch (error) {
      say({ kind: "failed", failure: thrown(error) });
    }
  };
}

/** An error as it can be posted. */
export function thrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: "Error", message: reason(error) };
  const { name, message, stack } = error;
  return { name, message, stack, hint: error instanceof Failure ? error.hint : undefined };
}

/** The error that a thread has told. */
export function rethrown({ name, message, hint, stack }: Thrown): Error {
  if (name === "Damage") return new Damage(message, { hint });
  if (name === "Failure") return new Failure(message, { hint });
  return new Error(`${name}: ${message}`, { cause: stack });
}

declare const self: {
  onmessage: (event: MessageEvent<Heard>) => void;
  postMessage(said: Said, transfer: Transferable[]): void;
};
