import type { Report } from "../app/events.ts";
import { Failure } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { runStock } from "./stock_program.ts";
import { Workplace } from "./workplace.ts";

/** A private key file, with its passphrase if it has one. */
export interface KeyFile {
  readonly file: string;
  readonly passphrase: Secret | undefined;
}

const BATCH = ["--batch", "--quiet", "--yes", "--no-tty"];
const WITH_PASSPHRASE = [...BATCH, "--pinentry-mode", "loopback", "--passphrase-fd", "0"];
const WITH_SESSION_KEY = [...BATCH, "--no-autostart", "--override-session-key-fd", "0"];

/**
 * Private directory of gpg with the private keys of a drill. Keys stay protected by their passphrases, which gpg gets on its
 * standard input.
 */
export class GpgHome implements AsyncDisposable {
  readonly #workplace: Workplace;
  readonly #passphrases: readonly string[];

  private constructor(workplace: Workplace, passphrases: readonly string[]) {
    this.#workplace = workplace;
    this.#passphrases = passphrases;
  }

  /**
   * Creates a directory and imports the keys; without keys gpg decrypts with session keys only.
   *
   * @throws {Failure} if gpg cannot run.
   */
  static async create(
    keys: readonly KeyFile[],
    temp: string | undefined,
    report: Report,
    signal: AbortSignal,
  ): Promise<GpgHome> {
    const passphrases = [...new Set(keys.map(({ passphrase }) => passphrase?.reveal() ?? ""))];
    const home = new GpgHome(new Workplace(temp, report), passphrases);
    try {
      for (const { file } of keys) {
        const stdin = Deno.readFileSync(file); // to import a protected key takes no passphrase
        await runStock("gpg", [...BATCH, "--import"], { stdin, home: home.path, signal });
      }
      return home;
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error instanceof Failure
        ? error
        : new Failure(`Cannot import the private keys: ${(error as Error).message}`);
    }
  }

  /** The directory. */
  get path(): string {
    return this.#workplace.path;
  }

  /**
   * Decrypts a file, with the private keys or a session key.
   *
   * @throws {StockFailure} if it is damaged; {@link Failure} if no key opens it.
   */
  async decrypt(
    from: string,
    to: string,
    sessionKey: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const files = ["--output", to, "--decrypt", "--", from];
    if (sessionKey !== undefined) {
      const stdin = `9:${sessionKey.toHex().toUpperCase()}`;
      return await runStock("gpg", [...WITH_SESSION_KEY, ...files], { stdin, home: this.path, signal });
    }
    let refusal: unknown;
    for (const stdin of this.#passphrases) {
      try {
        return await runStock("gpg", [...WITH_PASSPHRASE, ...files], { stdin, home: this.path, signal });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Ends the agent of gpg and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Not the signal of the run: an agent that is left would keep the keys.
    const { signal } = new AbortController();
    await runStock("gpgconf", ["--kill", "all"], { home: this.path, signal }).catch(() => {});
    this.#workplace[Symbol.dispose]();
  }
}
