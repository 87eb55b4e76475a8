/** A machine with nothing on it but a C library and busybox: no Deno, no Node, no home, and no network unless asked for. */
import { bash, must, type Ran, run } from "./foreign.ts";
import { withDirectory } from "./directory.ts";

/** A root to be in. */
export interface BareRoot {
  /** Where it is for those outside. */
  readonly directory: string;
  /** Runs a line of shell in it as root, with the environment that cron gives, and what is said here. */
  shell(line: string, options?: { readonly network: boolean }): Promise<Ran>;
}

/** Runs `body` with such a root. It needs root, busybox and unshare. */
export function withBareRoot(body: (root: BareRoot) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    await bash(
      `cd ${directory}; mkdir -p bin dev etc proc tmp usr/bin var/cache var/lib var/tmp; chmod 1777 tmp var/tmp
      cp "$(command -v busybox)" bin/busybox; chroot . /bin/busybox --install -s /bin`,
    );
    await copyLibraries(Deno.execPath(), directory);
    const enter =
      `mount --bind /dev ${directory}/dev; mount -t proc proc ${directory}/proc; exec chroot ${directory} /bin/env -i "$@"`;
    await body({
      directory,
      shell(line, { network } = { network: false }): Promise<Ran> {
        const within = [
          "sh",
          "-ec",
          enter,
          "bare",
          "PATH=/usr/bin:/bin",
          "SHELL=/bin/sh",
          "/bin/sh",
          "-c",
          line,
        ];
        const apart = ["--mount", "--propagation", "private", ...(network ? [] : ["--net"])];
        return run("unshare", [...apart, ...within], { cwd: "/" });
      },
    });
  });
}

/** Copies the libraries that a program needs into a root. */
export async function copyLibraries(program: string, directory: string): Promise<void> {
  for (const library of await libraries(program)) {
    await bash(`cd ${directory}; mkdir -p ".$(dirname ${library})"; cp -L ${library} .${library}`);
  }
}

/** The libraries that a program is loaded with, the loader too. */
async function libraries(program: string): Promise<string[]> {
  const { text } = await must("ldd", [program]);
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}
