import { type Heard, rethrown, type Said, thrown } from "./protocol.ts";

/** Callbacks for the questions and reports of a thread during a job. */
export interface Listener<Question, News> {
  /** Returns the answer to a question, for which the thread waits. Transferred memory belongs to the thread. */
  answer(question: Question): Promise<{ readonly value: unknown; readonly transfer?: Transferable[] }>;
  /** Called with each report. */
  reported(news: News): void;
}

/**
 * Job of a thread, from its order to its end. If the listener throws, the thread receives the error when it
 * next asks a question or pauses, and ends the job itself, so that it can clean up. Then the same error is
 * thrown here.
 */
export class RunningJob {
  /** Whether it is a brief one: see `Job`. */
  readonly isBrief: boolean;
  readonly #number: number;
  readonly #listener: Listener<unknown, unknown>;
  readonly #say: (heard: Heard, transfer?: Transferable[]) => void;
  readonly #end = Promise.withResolvers<unknown>();
  #refusal: { readonly error: unknown } | undefined;

  /**
   * Creates the job.
   *
   * @param number Unique number among the jobs of the thread.
   */
  constructor(
    number: number,
    isBrief: boolean,
    listener: Listener<unknown, unknown>,
    say: (heard: Heard, transfer?: Transferable[]) => void,
  ) {
    this.#number = number;
    this.isBrief = isBrief;
    this.#listener = listener;
    this.#say = say;
  }

  get result(): Promise<unknown> {
    return this.#end.promise;
  }

  /** Handles a message of the thread. Returns whether it was the last one of the job. */
  hear(said: Said): boolean {
    switch (said.kind) {
      case "ask":
        this.answer(said.id, said.question);
        return false;
      case "report":
        this.#take(said.news);
        return false;
      case "failed":
        this.fail(rethrown(said.failure));
        return true;
      case "done":
        if (this.#refusal) this.fail(this.#refusal.error);
        else this.#end.resolve(said.result);
        return true;
    }
  }

  fail(error: unknown): void {
    this.#end.reject(this.#refusal ? this.#refusal.error : error);
  }

  /** Answers the question with this id, from 0; the first one also before it is asked. */
  async answer(id: number, question: unknown): Promise<void> {
    const number = this.#number;
    try {
      if (this.#refusal) throw this.#refusal.error;
      const { value, transfer } = await this.#listener.answer(question);
      this.#say({ kind: "answer", number, id, value }, transfer);
    } catch (error) {
      this.#refusal ??= { error };
      this.#say({ kind: "refusal", number, id, failure: thrown(error) });
    }
  }

  #take(news: unknown): void {
    if (this.#refusal) return;
    try {
      this.#listener.reported(news);
    } catch (error) {
      this.#refusal = { error };
      this.#say({ kind: "stop", number: this.#number, failure: thrown(error) });
    }
  }
}
