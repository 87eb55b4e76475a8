/** Value that cannot be printed by accident: every conversion to text returns `[secret]`. */
export class Secret {
  readonly #value: string;

  /** Wraps a value that must not be shown. */
  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** Returns `[secret]`. */
  toString(): string {
    return "[secret]";
  }

  /** Returns `[secret]`. */
  toJSON(): string {
    return "[secret]";
  }

  /** Returns `[secret]`. */
  [Symbol.toPrimitive](): string {
    return "[secret]";
  }

  /** Returns `[secret]`. */
  [Symbol.for("Deno.customInspect")](): string {
    return "[secret]";
  }

  /** Returns `[secret]`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
