/** Modes of all that nightdrop makes: as they should be where a careless umask would open them or a strict one close them. */
import assert from "node:assert/strict";
import { commandLine } from "../support/nightdrop.ts";
import { must } from "../support/foreign.ts";
import { HOST, withGuarded } from "../support/guarded.ts";
import { withDirectory } from "../support/directory.ts";

const UMASKS = ["000", "077"] as const;

/** Whatever holds a secret is for its owner alone. */
const PRIVATE = /private\.asc$|signer\.asc$|\/(keys|state|store)$|catalog|chain\.json|lock$/;

/** Whatever is for another program or user to read, though the umask says no. */
const PUBLIC = /\.prom$|\/nightdrop\.(timer|service)$|cron\.d\/nightdrop$|deno\.json$/;

/** Runs `nightdrop ARGS` in a directory. It ends with this exit code. */
async function under(umask: string, directory: string, args: string[], code = 0): Promise<void> {
  const words = commandLine(args).map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await must("sh", ["-c", `umask ${umask}; cd '${directory}' && ${words}; [ $? = ${code} ]`]);
}

/** Every path below `directory` with its mode; links have none. */
function* modes(directory: string): Generator<[path: string, mode: number]> {
  for (const { name } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    const { isDirectory, isSymlink, mode } = Deno.lstatSync(path);
    if (!isSymlink) yield [path, mode! & 0o7777];
    if (isDirectory) yield* modes(path);
  }
}

function check(directory: string): string[] {
  const all = [...modes(directory)];
  for (const [path, mode] of all) {
    const shown = `${path} has mode ${mode.toString(8)}`;
    // A restored /tmp has the mode of /tmp, in a directory that only its owner can enter.
    if (!path.endsWith("restored/tmp")) assert.equal(mode & 0o022, 0, shown);
    if (PRIVATE.test(path)) assert.equal(mode & 0o077, 0, shown);
    if (PUBLIC.test(path)) assert.equal(mode & 0o444, 0o444, shown);
  }
  return all.map(([path]) => path.slice(directory.length + 1));
}

for (const umask of UMASKS) {
  Deno.test(`with umask ${umask}, init, keygen, backup and schedule create no file that others can write to`, () =>
    withDirectory(async (directory) => {
      Deno.mkdirSync(`${directory}/etc`, { mode: 0o755 });
      Deno.writeTextFileSync(`${directory}/etc/f`, "text", { mode: 0o644 });
      await under(umask, directory, ["keygen", "more/keys"]);
      await under(umask, directory, ["init", ".", "--host", "web1"]);
      const config = Deno.readTextFileSync(`${directory}/backup.config.ts`);
      const [, fingerprint] = /fingerprint: "([^"]+)"/.exec(config)!;
      Deno.writeTextFileSync(
        `${directory}/backup.config.ts`,
        `export default ${
          JSON.stringify({
            recipients: [{ file: "keys/backups.asc", fingerprint }],
            store: { kind: "directory", path: "store" },
            retention: { days: 30 },
            paths: ["etc"],
            state: "a/b/state",
            notify: { textfile: "figures.prom" },
            hosts: { web1: {} },
          })
        };`,
      );
      await under(umask, directory, ["backup", "--host", "web1"]);
      await under(umask, directory, ["schedule", "--host", "web1", "--cron", "--install", "--root", "image"]);
      await under(umask, directory, ["status", "--html", "pages/fleet"], 5); // the signer is not pinned
      const made = check(directory);
      for (
        const name of [
          "keys/backups.asc",
          "a/b/state/web1/signer.asc",
          "figures.prom",
          "image/etc/cron.d/nightdrop",
          "pages/fleet/index.html",
        ]
      ) {
        assert.ok(made.includes(name), `${name} in ${made}`);
      }
    }));

  Deno.test(`with umask ${umask}, permissions --write leaves deno.json readable for all and writable for its owner`, () =>
    withGuarded(async ({ clone, config, shell }) => {
      const write = `deno task --quiet permissions --config ${config} --host ${HOST} --write`;
      const { code, stderr } = await shell(`umask ${umask}; cd ${clone} && ${write}`);
      assert.equal(code, 0, stderr);
      assert.equal(Deno.statSync(`${clone}/deno.json`).mode! & 0o777, 0o644);
    }));

  Deno.test(`with umask ${umask}, quickstart creates no file that others can write to`, () =>
    withDirectory(async (directory) => {
      Deno.mkdirSync(`${directory}/etc`, { mode: 0o755 });
      await under(umask, directory, ["quickstart", `${directory}/etc`]);
      assert.ok(check(directory).includes("quickstart/keys/backups.private.asc"));
    }));
}
