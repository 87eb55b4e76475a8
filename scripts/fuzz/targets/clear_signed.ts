import { Buffer } from "node:buffer";
import { Damage } from "../../../lib/model/failure.ts";
import { formatClearSigned, parseClearSigned } from "../../../lib/seal/clear_signed.ts";
import { generateSigner, readSigner, type Signer, verifySigned } from "../../../lib/seal/signer.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const TIME = new Date("2026-01-01T00:00:00Z");
const TEXTS = ["text\n", "- dash\n-----BEGIN\n", "", `{\n "a": 1\n}\n`];

let signer: Promise<Signer> | undefined;
const signed = new Set<string>();

/** The key that signs what is fuzzed. */
export function ours(): Promise<Signer> {
  return signer ??= generateSigner("web1.example.org", TIME).then((key) => readSigner(key));
}

/** Clear-signed texts: what can be taken apart has one form, and only what was signed verifies. */
export const CLEAR_SIGNED: Target = {
  name: "clear-signed",
  async samples(): Promise<Uint8Array[]> {
    const { sign } = await ours();
    const texts = await Promise.all(TEXTS.map((text) => sign(text, TIME)));
    for (const text of texts) signed.add(text);
    return texts.map(bytesOf);
  },
  words: [
    "-----BEGIN PGP SIGNED MESSAGE-----\n",
    "Hash: SHA512\n",
    "\n\n",
    "\n=",
    "- -",
    "-----END PGP SIGNATURE-----\n",
    "\r\n",
    " \n",
  ],
  make(sample, dice): Uint8Array {
    try {
      const parsed = parseClearSigned(textOf(sample));
      const signature = Buffer.from(parsed.signature);
      for (let left = 1 + dice.below(3); left > 0; left--) {
        signature[dice.below(signature.length)]! ^= 1 << dice.below(8);
      }
      const length = dice.chance(0.3) ? dice.below(signature.length) : signature.length;
      return bytesOf(
        formatClearSigned({ ...parsed, signature: Uint8Array.from(signature.subarray(0, length)) }),
      );
    } catch {
      return sample;
    }
  },
  async run(input): Promise<void> {
    const text = textOf(input);
    const parsed = parseClearSigned(text);
    demand(formatClearSigned(parsed) === text, "it has another form as well");
    const { publicKey, fingerprint } = await ours();
    const verified = await verifySigned(text, publicKey, fingerprint);
    demand(signed.has(text) && verified === parsed.text, "a text verifies that was not signed");
  },
  refuses: (error) => error instanceof Damage,
};

/** Public keys of signers: only the one that signed verifies. */
export const VERIFYING_KEY: Target = {
  name: "signer-key",
  samples: async (): Promise<Uint8Array[]> => [(await ours()).publicKey],
  async run(input): Promise<void> {
    const { publicKey, fingerprint, sign } = await ours();
    const text = await verifySigned(await sign("x\n", TIME), Uint8Array.from(input), fingerprint);
    demand(text === "x\n" && Buffer.from(input).equals(publicKey), "another key verifies the text");
  },
  refuses: (error) => error instanceof Damage,
};
