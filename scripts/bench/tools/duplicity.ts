import type { Tool } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import type { Workshop } from "../workshop.ts";

/** duplicity with its defaults, for the key that the others encrypt for. */
export function duplicity({ directory, fingerprint }: Workshop, source: string): Tool {
  const at = `${directory}/duplicity`;
  const store = `${at}/store`;
  // Keys of gpg's own making ask for zlib, ours for nothing. These options are cut at spaces, whatever the quotes.
  const gpg = '--gpg-options="--trust-model=always --compress-algo=zlib"';
  const home = `PASSPHRASE= GNUPGHOME=${quoted(`${directory}/gnupg`)}`;
  const options = `--no-print-statistics -v 1 --encrypt-key ${fingerprint} ${gpg}`;
  const call = (mode: string): string =>
    `${home} duplicity ${mode} ${options} --archive-dir ${quoted(`${at}/archive`)} ${quoted(source)} ${
      quoted(`file://${store}`)
    }`;
  return {
    needs: ["duplicity"],
    backup: {
      name: "duplicity",
      prepare: () => bash(`rm -rf ${quoted(at)}; mkdir -p ${quoted(store)} ${quoted(`${at}/archive`)}`),
      script: call("full"),
      store,
    },
    again: { name: "duplicity", script: call("incremental"), store },
  };
}
