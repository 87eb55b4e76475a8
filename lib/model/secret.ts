/** A value that cannot be printed by accident: every way to show it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  /** Wraps a value that must not be shown. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** `[secret]` */
  toString(): string {
    return "[secret]";
  }

  /** `[secret]` */
  toJSON(): string {
    return "[secret]";
  }

  /** `[secret]` */
  [Symbol.toPrimitive](): string {
    return "[secret]";
  }

  /** `[secret]` */
  [Symbol.for("Deno.customInspect")](): string {
    return "[secret]";
  }

  /** `[secret]` */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
