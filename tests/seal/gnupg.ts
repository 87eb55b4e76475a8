import { withDirectory } from "../support/directory.ts";
import { must, type Ran, run, type RunOptions } from "../support/foreign.ts";

/** A gpg with a home of its own. */
export class GnuPg {
  readonly directory: string;
  readonly #home: string;

  constructor(directory: string) {
    this.directory = directory;
    this.#home = `${directory}/gnupg`;
    Deno.mkdirSync(this.#home, { mode: 0o700 });
    Deno.writeTextFileSync(`${this.#home}/gpg-agent.conf`, "s2k-count 65536\n"); // else it measures for seconds
  }

  /** Runs gpg, which must succeed. */
  run(args: string[], options: RunOptions = {}): Promise<Ran> {
    return must("gpg", this.#args(args), options);
  }

  /** Runs gpg, which may fail. */
  try(args: string[], options: RunOptions = {}): Promise<Ran> {
    return run("gpg", this.#args(args), options);
  }

  /** Makes a key with `--generate-key`; gives its fingerprint in lower case. */
  async generate(parameters: string, args: string[] = []): Promise<string> {
    const script = `${parameters}\n${parameters.includes("Passphrase") ? "" : "%no-protection\n"}%commit\n`;
    const { text } = await this.run([...args, "--status-fd", "1", "--generate-key"], { stdin: script });
    return text.match(/KEY_CREATED \w (\w+)/)![1]!.toLowerCase();
  }

  async export(fingerprint: string): Promise<Uint8Array<ArrayBuffer>> {
    return Uint8Array.from((await this.run(["--armor", "--export", fingerprint])).stdout);
  }

  async exportSecret(fingerprint: string, passphrase = ""): Promise<Uint8Array<ArrayBuffer>> {
    const args = ["--passphrase", passphrase, "--armor", "--export-secret-keys", fingerprint];
    return Uint8Array.from((await this.run(args)).stdout);
  }

  /** Revokes a key with the certificate that gpg keeps for that. */
  async revoke(fingerprint: string): Promise<void> {
    const file = `${this.#home}/openpgp-revocs.d/${fingerprint.toUpperCase()}.rev`;
    await this.run(["--import"], { stdin: Deno.readTextFileSync(file).replace(":-----BEGIN", "-----BEGIN") });
  }

  /** Revokes the subkey of that number, counted from 1. */
  async revokeSubkey(fingerprint: string, number: number): Promise<void> {
    const stdin = `key ${number}\nrevkey\ny\n0\n\ny\nsave\n`;
    await this.run(["--no-batch", "--command-fd", "0", "--edit-key", fingerprint], { stdin });
  }

  /** Adds an encryption subkey to a key without a passphrase. */
  async addSubkey(fingerprint: string): Promise<void> {
    await this.run(["--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr", "never"]);
  }

  async close(): Promise<void> {
    await must("gpgconf", ["--homedir", this.#home, "--kill", "all"]);
  }

  #args(args: string[]): string[] {
    return [
      "--homedir",
      this.#home,
      "--batch",
      "--yes",
      "--quiet",
      "--no-tty",
      "--pinentry-mode",
      "loopback",
      ...args,
    ];
  }
}

/** Runs `body` with a new gpg home in a new directory. */
export function withGnuPg<T>(body: (gpg: GnuPg) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const gpg = new GnuPg(directory);
    try {
      return await body(gpg);
    } finally {
      await gpg.close();
    }
  });
}

/** Parameters of the keys that gpg 2.2 makes. */
export const CURVE25519 = `Key-Type: eddsa
Key-Curve: ed25519
Key-Usage: sign
Subkey-Type: ecdh
Subkey-Curve: cv25519
Subkey-Usage: encrypt
Name-Real: Curve
Name-Email: curve@example.org
Expire-Date: 0`;

export const RSA = `Key-Type: rsa
Key-Length: 3072
Key-Usage: sign
Subkey-Type: rsa
Subkey-Length: 3072
Subkey-Usage: encrypt
Name-Real: Rivest
Expire-Date: 0`;
