/** The executable that unpacks itself: on a machine with nothing on it, in its sandbox, and where others lie in wait. */
import assert from "node:assert/strict";
import { COMMAND_NAMES, LAUNCHES, v8Flag } from "../../lib/permissions/launch.ts";
import { HOST_SETS, TRUSTED_SETS } from "../../lib/permissions/shipped_sets.ts";
import type { Desk } from "../artefacts/desk.ts";
import { STEPS } from "../artefacts/journey.ts";
import { type BareRoot, withBareRoot } from "../support/bare_root.ts";
import { shellWord } from "../../lib/model/shell.ts";
import { builtStandalone, make } from "../support/build.ts";
import { bash, must, type Ran, rootForeignTest, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { owner } from "../support/owner.ts";
import { withListener } from "../support/listener.ts";

const HOST = "web1.example.org";
const NEEDED = ["busybox", "unshare"];

/** Directory with the executable for any machine, and with the cache that it has unpacked itself into; made once. */
let built: Promise<string> | undefined;

function build(output: string, args: string[] = []): Promise<Ran> {
  return make("standalone", ["--quick", "--output", output, ...args]);
}

function builtDirectory(): Promise<string> {
  return built ??= (async (): Promise<string> => {
    const directory = await Deno.makeTempDir({ prefix: "nightdrop-standalone-" });
    addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
    Deno.copyFileSync(await builtStandalone(), `${directory}/nightdrop`);
    await withBareRoot(async (machine) => {
      await bash(`cp ${directory}/nightdrop ${machine.directory}/usr/bin`);
      writeKit(`${machine.directory}/etc/nightdrop`);
      const { code, stderr } = await machine.shell(`nightdrop list ${CONFIG}`);
      assert.equal(code, 1, stderr); // there is no store
      await bash(`mv ${machine.directory}/var/cache/nightdrop ${directory}/cache`);
    });
    return directory;
  })();
}

/** What stands in a kit, with some settings and code more. */
function writeKit(directory: string, settings: object = {}, code = ""): void {
  Deno.mkdirSync(`${directory}/keys`, { recursive: true });
  Deno.writeTextFileSync(`${directory}/keys/backups.asc`, owner.publicKey);
  const config = {
    recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
    store: { kind: "directory", path: "/mnt/store" },
    retention: { days: 30 },
    partSize: "64 KiB",
    jobs: 2,
    attributes: false, // the bare machine has no getfattr
    hosts: { [HOST]: { paths: ["/srv"], ...settings } },
  };
  Deno.writeTextFileSync(
    `${directory}/backup.config.ts`,
    `${code}\nexport default ${JSON.stringify(config)};\n`,
  );
}

/** How a bare machine is made. */
interface Machine {
  /** Whether the executable has unpacked itself there; it takes longer than most commands. */
  readonly unpacked: boolean;
}

/** Runs `body` with a bare machine with the executable, a kit and something to back up. */
function withHost(
  body: (machine: BareRoot) => Promise<void>,
  { unpacked }: Machine = { unpacked: true },
): Promise<void> {
  return withBareRoot(async (machine) => {
    const { directory } = machine;
    const source = await builtDirectory();
    await bash(`cd ${directory}; mkdir -p usr/bin srv root mnt; cp ${source}/nightdrop usr/bin
      for n in 1 2 3 4 5 6 7 8; do head -c 60000 /dev/urandom > srv/$n; done
      echo root:secret > etc/shadow; echo web1.example.org > etc/hostname`);
    if (unpacked) {
      await bash(`cp -al ${source}/cache ${directory}/var/cache/nightdrop
        rm -r ${directory}/var/cache/nightdrop/deno; cp -a ${source}/cache/deno ${directory}/var/cache/nightdrop`);
    }
    writeKit(`${directory}/etc/nightdrop`);
    Deno.writeTextFileSync(`${directory}/root/private.asc`, owner.privateKey, { mode: 0o600 });
    await body(machine);
  });
}

/** A machine on which the executable runs for the first time. */
const EMPTY: Machine = { unpacked: false };

const CONFIG = "--config /etc/nightdrop/backup.config.ts";

rootForeignTest(
  NEEDED,
  "the executable backs up from the crontab line without Deno, Node or a home",
  () =>
    withListener(({ url, heard }) =>
      withHost(async ({ directory, shell }) => {
        writeKit(`${directory}/etc/nightdrop`, {
          notify: { ping: `${url}/ping`, textfile: "/var/lib/figures.prom" },
        });
        const scheduled = await shell(`nightdrop schedule ${CONFIG} --host ${HOST} --cron --install`);
        assert.equal(scheduled.code, 0, scheduled.stderr);
        const line = Deno.readTextFileSync(`${directory}/etc/cron.d/nightdrop`).trimEnd().split("\n").at(-1)!;
        const [, command] = /^(?:\S+ ){5}root (.*)$/.exec(line)!;
        assert.match(command!, /^\/usr\/bin\/nightdrop backup /);
        const stored = await shell(command!, { network: true });
        assert.deepEqual([stored.code, stored.text, stored.stderr], [0, "", ""]);
        assert.deepEqual(heard.map((request) => request.split(" ")[1]), ["/ping/start", "/ping"]);
        assert.match(Deno.readTextFileSync(`${directory}/var/lib/figures.prom`), /nightdrop_.*success/);
        const identity = "--identity /root/private.asc";
        const verified = await shell(`nightdrop verify ${CONFIG} --deep ${identity}`);
        assert.match(verified.text, /good: 1 snapshot/, verified.stderr);
        const restored = await shell(`nightdrop restore latest ${CONFIG} ${identity} --to /tmp/back`);
        assert.equal(restored.code, 0, restored.stderr);
        await must("diff", ["-r", `${directory}/srv`, `${directory}/tmp/back/srv`]);
      }, EMPTY)
    ),
);

rootForeignTest(
  NEEDED,
  "no name of a directory gets a config past the shell of the executable, or stops it",
  () =>
    withHost(async ({ directory, shell }) => {
      const names = ["a b*;touch /pwned;", "$(touch /pwned)`touch /pwned`", "a'b\"c\\d ü", "-n"];
      for (const name of names) {
        writeKit(`${directory}/etc/${name}`);
        const dryRun = `nightdrop backup --config ${
          shellWord(`/etc/${name}/backup.config.ts`)
        } --host ${HOST} --dry-run`;
        const { code, text, stderr } = await shell(dryRun);
        assert.deepEqual(
          [code, /^Would back up /.test(text)],
          [0, true],
          `${JSON.stringify(name)}: ${text}${stderr}`,
        );
        const beside = await shell(
          `cd /etc/${shellWord(name).replace(/^'-/, "'./-")} && nightdrop backup --host ${HOST} --dry-run`,
        );
        assert.equal(beside.code, 0, `${JSON.stringify(name)}: ${beside.stderr}`);
      }
      for (const name of ["a\nb", "a,b"]) {
        writeKit(`${directory}/etc/${name}`);
        const { code, stderr } = await shell(
          `nightdrop backup --config ${shellWord(`/etc/${name}/backup.config.ts`)} --host ${HOST} --dry-run`,
        );
        assert.deepEqual([code, /^hint: /m.test(stderr)], [2, true], stderr);
      }
      assert.equal((await shell("ls /pwned")).code, 1);
    }),
);

/** Commands that the matrix of artefacts runs with this executable, and two that have no help of their own. */
const RUN = new Set([
  ...STEPS.map(({ words }) => words({ at: "", host: "", bucket: "" } as Desk)[0]!),
  "nightdrop",
  "help",
]);

rootForeignTest(NEEDED, "the executable has every command and its help", () =>
  withHost(async ({ shell }) => {
    const { text } = await shell("nightdrop --help");
    const commands = [...text.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!).filter((name) =>
      name !== "options"
    );
    assert.ok(commands.length > 10, text);
    for (const command of commands.filter((name) => !RUN.has(name))) {
      const help = await shell(`nightdrop ${command} --help`);
      assert.deepEqual(
        [help.code, help.text.startsWith(`Usage: nightdrop ${command}`)],
        [0, true],
        help.stderr,
      );
    }
    const keys = await shell(
      "nightdrop keygen /tmp/keys && nightdrop man | head -n 1 && nightdrop quickstart /etc --in /tmp/drill",
    );
    assert.deepEqual([keys.code, /the same as the source/.test(keys.text)], [0, true], keys.stderr);
  }));

rootForeignTest(
  NEEDED,
  "the executable starts every command with its own flags and variables",
  () =>
    withHost(async ({ directory, shell }) => {
      const { text } = await shell("nightdrop --where; nightdrop --version > /dev/null");
      const deno = `${directory}${text.trim()}/deno`;
      Deno.renameSync(deno, `${deno}.real`);
      // What permissions are derived with is run, what the command itself is started with is printed.
      const reported = 'env | grep ^MALLOC_; for word in "$@"; do echo "$word"; done';
      const script =
        `#!/bin/sh\ncase "$*" in *" permissions --for "*) echo "$*" > "$0.last"; exec "$0.real" "$@" ;; esac\n${reported}\n`;
      Deno.writeTextFileSync(deno, script, { mode: 0o755 });
      for (const name of COMMAND_NAMES) {
        const launch = LAUNCHES[name];
        const { text, stderr } = await shell(`nightdrop ${name} ${CONFIG} --host ${HOST}`);
        const words = text.split("\n");
        const variables = words.filter((word) => word.startsWith("MALLOC_")).map((it) => it.split("="));
        assert.deepEqual(
          [Object.fromEntries(variables), words.filter((word) => word.startsWith("--v8-flags"))],
          [launch.environment, v8Flag(launch)],
          `${name}: ${stderr}`,
        );
        const derived = [...HOST_SETS, ...TRUSTED_SETS].includes(launch.set);
        assert.equal(words.includes(`-P=${launch.set}`), !derived, name);
        if (!derived) continue;
        const derivation = Deno.readTextFileSync(`${deno}.last`).split(" ");
        assert.ok(v8Flag(launch).every((flag) => derivation.includes(flag)), "V8 reuses its compiled code");
      }
    }),
);

/** What a config could try, and where: while permissions are made from it, and while the backup runs. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "reads /etc/shadow": 'Deno.readTextFileSync("/etc/shadow")',
  "writes": 'Deno.writeTextFileSync("/etc/nightdrop/x", "x")',
  "runs a program": 'new Deno.Command("/bin/busybox").outputSync()',
  "reaches a server": 'await fetch("http://127.0.0.1:8080/")',
  "loads native code": 'Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {})',
  "looks for a package": 'await import("npm:" + "left-pad@1.0.0")',
};

rootForeignTest(
  NEEDED,
  "the sandbox restricts the config's code, while permissions are derived and while a command runs",
  async (t) => {
    await withHost(async ({ directory, shell }) => {
      for (const [when, stage] of [["for its permissions", "permissions"], ["for the backup", "backup"]]) {
        const tried = Object.entries(ATTEMPTS).map(([what, code]) =>
          `try { ${code}; console.error("CAME THROUGH: ${what}"); }
          catch (error) { console.error("${what}:", error.message); }`
        );
        const isStage = `Deno.args.find((it) => it === "permissions" || it === "backup") === "${stage}"`;
        writeKit(`${directory}/etc/nightdrop`, {}, `if (${isStage}) {\n${tried.join("\n")}\n}`);
        const { code, stderr } = await shell(`nightdrop backup ${CONFIG} --host ${HOST}`);
        assert.equal(code, 0, stderr);
        for (const what of Object.keys(ATTEMPTS)) {
          await t.step(`a config that ${what} ${when}`, () => {
            assert.match(stderr, new RegExp(`^${what}: .*(requires|--no-npm|npm specifiers)`, "im"));
            assert.doesNotMatch(stderr, new RegExp(`CAME THROUGH: ${what}`));
          });
        }
      }
    });
  },
);

rootForeignTest(
  NEEDED,
  "a config cannot store data with web storage, also not in a worker",
  () =>
    withHost(async ({ directory, shell }) => {
      const store = 'caches.open("a").then((it) => it.put("http://a/", new Response("secret")))';
      const worker = `await new Promise((ok, no) => {
        const code = ${
        JSON.stringify(store)
      } + '.then(() => postMessage("CAME THROUGH"), (e) => postMessage(e.message))';
        const worker = new Worker("data:application/javascript," + encodeURIComponent(code), { type: "module" });
        worker.onmessage = ({ data }) => { worker.terminate(); ok(console.error(data)); };
      });`;
      for (const code of [worker, 'localStorage.setItem("a", "b"); console.error("CAME THROUGH")']) {
        writeKit(
          `${directory}/etc/nightdrop`,
          {},
          `try { ${code} } catch (error) { console.error(error.message); }`,
        );
        const { stderr } = await shell(`nightdrop list ${CONFIG}`);
        assert.match(stderr, /Failed to create cache storage|localStorage is not defined/);
        assert.doesNotMatch(stderr, /CAME THROUGH/);
      }
      assert.ok(Deno.statSync(`${directory}/var/cache/nightdrop/deno/location_data`).isFile);
    }),
);

rootForeignTest(
  NEEDED,
  "permissions that a config prints are not granted",
  () =>
    withHost(async ({ directory, shell }) => {
      for (const printed of ["--allow-all", "-A", "--allow-ffi", "--allow-net", "/tmp/evil.js"]) {
        writeKit(`${directory}/etc/nightdrop`, {}, `console.log(${JSON.stringify(printed)});`);
        const { code, stderr } = await shell(`nightdrop backup ${CONFIG} --host ${HOST}`);
        assert.deepEqual([code, /Not a permission/.test(stderr)], [1, true], `${printed}: ${stderr}`);
      }
    }),
);

rootForeignTest(
  NEEDED,
  "a config beside the executable can import the nightdrop of the executable",
  () =>
    withHost(async ({ directory, shell }) => {
      const file = `${directory}/etc/nightdrop/backup.config.ts`;
      const text = Deno.readTextFileSync(file).replace("export default {", "export default defineConfig({")
        .replace(/;\n$/, ");\n");
      Deno.writeTextFileSync(file, `import { defineConfig } from "nightdrop";\n${text}`);
      const { code, stderr } = await shell(`cd /etc/nightdrop; nightdrop backup --host ${HOST}`);
      assert.equal(code, 0, stderr);
    }),
);

rootForeignTest(
  NEEDED,
  "concurrent starts in an empty cache all run and leave one directory, and later starts unpack nothing",
  () =>
    withHost(async ({ directory, shell }) => {
      const cache = `${directory}/var/cache/nightdrop`;
      Deno.mkdirSync(`${cache}/${"0".repeat(64)}`, { recursive: true, mode: 0o700 });
      const { code, text, stderr } = await shell("for n in 1 2; do nightdrop --version & done; wait");
      const versions = text.trim().split("\n");
      assert.deepEqual([code, new Set(versions).size, versions.length], [0, 1, 2], stderr);
      const left = [...Deno.readDirSync(cache)].map(({ name }) => name).filter((name) => name !== "deno");
      assert.equal(left.length, 1, "what another version left is removed");
      assert.match(left[0]!, /^(?!0+$)[0-9a-f]{64}$/);
      const inode = (): number | null => Deno.statSync(`${cache}/${left[0]}/deno`).ino;
      const before = inode();
      await shell("nightdrop --version");
      assert.equal(inode(), before);
    }, EMPTY),
);

const TRAPS: Readonly<Record<string, string>> = {
  "of somebody else": "mkdir $C; chmod 700 $C; chown 1000 $C",
  "that others can write": "mkdir $C; chmod 777 $C",
  "that others can enter": "mkdir $C; chmod 711 $C",
  "that is a link": "mkdir -m 700 /tmp/theirs; ln -s /tmp/theirs $C",
  "that is a file": "touch $C; chmod 700 $C",
};

rootForeignTest(
  NEEDED,
  "a cache that another user could have prepared is not used",
  () =>
    withHost(async ({ shell }) => {
      for (const [what, trap] of Object.entries(TRAPS)) {
        const { code, text, stderr } = await shell(
          `C=/var/tmp/cache; rm -rf $C; ${trap}; NIGHTDROP_CACHE=$C nightdrop --version`,
        );
        assert.deepEqual(
          [code, text, /hint: .*NIGHTDROP_CACHE/.test(stderr)],
          [1, "", true],
          `a cache ${what}: ${stderr}`,
        );
      }
    }),
);

rootForeignTest(
  NEEDED,
  "without a home the executable unpacks to a directory that only its user can enter",
  () =>
    withDirectory(async (directory) => {
      await bash(
        `chmod 755 ${directory}; cp ${await builtDirectory()}/nightdrop ${directory}; chmod 755 ${directory}/nightdrop`,
      );
      const as = ["--reuid=54321", "--regid=54321", "--clear-groups", "env", "-i", "PATH=/usr/bin:/bin"];
      const { code, text, stderr } = await run("setpriv", [...as, `${directory}/nightdrop`, "--version"], {
        cwd: "/",
      });
      assert.equal(code, 0, stderr);
      assert.match(text, /^\d+\.\d+\.\d+\n$/);
      const cache = Deno.statSync("/var/tmp/nightdrop-54321");
      assert.deepEqual([cache.uid, cache.mode! & 0o777], [54321, 0o700]);
      await bash("rm -rf /var/tmp/nightdrop-54321");
    }),
);

rootForeignTest(
  NEEDED,
  "a truncated or modified executable is refused",
  () =>
    withHost(async ({ directory, shell }) => {
      const file = `${directory}/usr/bin/nightdrop`;
      const { size } = Deno.statSync(file);
      Deno.truncateSync(file, size - 1000);
      const cut = await shell("nightdrop --version");
      assert.deepEqual([cut.code, /is damaged/.test(cut.stderr)], [1, true], cut.stderr);
      assert.deepEqual(
        [...Deno.readDirSync(`${directory}/var/cache/nightdrop`)],
        [],
        "nothing is left behind",
      );
    }, EMPTY),
);

rootForeignTest(
  NEEDED,
  "an executable built for a host needs only its credentials, and ignores a config beside it",
  () =>
    withHost(async ({ directory, shell }) => {
      const kit = `${directory}/kit`;
      writeKit(kit);
      await build(`${directory}/usr/bin/nightdrop`, [
        "--config",
        `${kit}/backup.config.ts`,
        "--host",
        HOST,
        "--at",
        "/etc/nightdrop",
        "--embed",
      ]);
      Deno.writeTextFileSync(
        `${directory}/etc/nightdrop/backup.config.ts`,
        "throw new Error('this is not read')",
      );
      const { code, text, stderr } = await shell("nightdrop backup");
      assert.deepEqual([code, text.startsWith(`Stored: ${HOST}/`)], [0, true], stderr);
      assert.doesNotMatch(stderr, /sandbox/);
    }, EMPTY),
);

rootForeignTest(
  NEEDED,
  "an executable built without --embed refuses permissions that the config needs later",
  () =>
    withHost(async ({ directory, shell }) => {
      const kit = `${directory}/etc/nightdrop`;
      await build(`${directory}/usr/bin/nightdrop`, [
        "--config",
        `${kit}/backup.config.ts`,
        "--host",
        HOST,
        "--at",
        "/etc/nightdrop",
      ]);
      const good = await shell("nightdrop backup");
      assert.equal(good.code, 0, good.stderr);
      writeKit(kit, { paths: ["/srv", "/etc"] });
      const more = await shell("nightdrop backup");
      assert.deepEqual(
        [more.code, /does not grant what the config needs: read \/etc\n.*again/.test(more.stderr)],
        [2, true],
        more.stderr,
      );
    }, EMPTY),
);
