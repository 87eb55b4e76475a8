/** Trees to back up. Each is created once per directory and kept. */
import { incompressible, Words } from "./words.ts";
import { bash, quoted, report } from "./shell.ts";

/** Makes the tree `name` below the directory, if it is not there yet, and gives its path. */
async function corpus(directory: string, name: string, make: (at: string) => Promise<void>): Promise<string> {
  const [at, unfinished] = [`${directory}/corpora/${name}`, `${directory}/corpora/${name}.unfinished`];
  try {
    await Deno.lstat(at);
  } catch {
    report(`Making ${at}`);
    await bash(`rm -rf ${quoted(unfinished)}; mkdir -p -m 700 ${quoted(unfinished)}`);
    await make(unfinished);
    await Deno.rename(unfinished, at);
  }
  return at;
}

/** Directories with the files of real machines, as distributions and languages install them. */
const FOUND = "/etc /usr/include /usr/share /usr/lib/python3* ~/.pyenv/versions/* /usr/lib /usr/local /opt";

/** Maximum number of entries. */
const ENOUGH = 100_000;

/** A copy of what this machine has, one directory after the other until it is enough; without files of 100 MB or more. */
export function real(directory: string): Promise<string> {
  return corpus(directory, "real", async (at) => {
    await bash(`shopt -s nullglob
      for from in ${FOUND}; do
        [ "$(find ${quoted(at)} | wc -l)" -lt ${ENOUGH} ] || break
        [ -e "$from" ] || continue
        mkdir -p ${quoted(at)}"$(dirname "$from")"
        cp -a --one-file-system "$from" ${quoted(at)}"$(dirname "$from")/" 2> /dev/null || true
        find ${quoted(at)} -type f -size +100000k -delete
      done`);
    const entries = Number(await bash(`find ${quoted(at)} | wc -l`));
    if (entries < ENOUGH) {
      report(`This machine has only ${entries} entries to copy: --tree takes another tree`);
    }
  });
}

/** The first entries of a tree, in the order of their paths. */
export function firstOf(tree: string, entries: number, directory: string): Promise<string> {
  return corpus(directory, `first-${entries}`, async (at) => {
    await bash(`cd ${quoted(tree)}
      find . -print0 | LC_ALL=C sort -z | sed -nz 1,${entries}p > ${quoted(`${at}.list`)}
      tar --null --no-recursion -T ${quoted(`${at}.list`)} -cf - | tar -xpC ${quoted(at)}
      rm ${quoted(`${at}.list`)}`);
  });
}

/** So many files of 0 to 2 kB, a thousand in a directory. */
export function small(directory: string, files: number): Promise<string> {
  return corpus(directory, `small-${files}`, async (at) => {
    const words = new Words(Math.min(64e6, 10_000 * files));
    for (let file = 0; file < files; file++) {
      const place = `${at}/${Math.floor(file / 1000)}`;
      if (file % 1000 === 0) await Deno.mkdir(place);
      Deno.writeFileSync(`${place}/${file}`, words.some(2000));
    }
  });
}

/** One file of so many bytes, which compress to a third or so. */
export function large(directory: string, bytes: number): Promise<string> {
  return corpus(directory, `large-${bytes}`, async (at) => {
    using file = await Deno.create(`${at}/file`);
    const words = new Words(1e6);
    for (let left = bytes; left > 0; left -= 1e6) {
      file.writeSync(words.more().subarray(0, Math.min(left, 1e6)));
    }
  });
}

/** Files of 10 MB or less, of random bytes. */
export function random(directory: string, bytes: number): Promise<string> {
  return corpus(directory, `random-${bytes}`, async (at) => {
    for (let made = 0; made < bytes; made += 1e7) {
      await Deno.writeFile(`${at}/${made}`, incompressible(Math.min(bytes - made, 1e7)));
    }
  });
}

/** A directory with nothing in it. */
export function empty(directory: string): Promise<string> {
  return corpus(directory, "empty", () => Promise.resolve());
}
