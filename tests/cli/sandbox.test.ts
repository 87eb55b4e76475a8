/** What the sandbox lets a run do: exactly what its config needs, whoever wrote the config. */
import assert from "node:assert/strict";
import { covers } from "../../lib/sandbox/grants.ts";
import { readSet } from "../../lib/sandbox/permission_set.ts";
import { askedIn, type Guarded, narrow, withGuarded } from "../support/guarded.ts";
import { withListener } from "../support/listener.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";

/** Runs the host's backup in its narrowed sandbox and holds what it asked for against what it was granted. */
async function holdAudit(host: Guarded, env: Record<string, string> = {}): Promise<void> {
  // Several volumes make it start a thread.
  for (let number = 0; number < 8; number++) {
    Deno.writeFileSync(`${host.source}/${number}`, crypto.getRandomValues(new Uint8Array(60_000)));
  }
  const audit = `${host.directory}/audit`;
  const { code, stderr } = await host.task("backup", [], {
    ...env,
    // Where there is a proxy, a run also asks for what it is not meant for.
    HTTPS_PROXY: "http://127.0.0.1:9",
    DENO_AUDIT_PERMISSIONS: audit,
  });
  assert.equal(code, 0, stderr);
  const asked = askedIn(audit);
  const set = (await readSet(Deno.readTextFileSync(`${host.clone}/deno.json`), "host"))!;
  assert.deepEqual(
    asked.filter((power) => !isGranted(power, set)),
    [],
    "nothing beyond the set is asked for",
  );
  const idle = unused(asked, set).filter((it) => !it.includes("/run/credentials/"));
  assert.deepEqual(idle, [], "nothing is granted that is not used");
}

type Asked = ReturnType<typeof askedIn>;
type Set = NonNullable<Awaited<ReturnType<typeof readSet>>>;

function isGranted({ permission, value }: Asked[number], set: Set): boolean {
  const hidden = set.hidden.some((name) =>
    name === value || (name.endsWith("*") && value.startsWith(name.slice(0, -1)))
  );
  return covers(permission as "read", set[permission as "read"] ?? [], value) ||
    (permission === "env" && hidden);
}

/** Deno 2.9 writes down nothing about programs. */
function unused(asked: Asked, set: Set): string[] {
  return (["read", "write", "net", "env", "sys"] as const).flatMap((kind) => {
    const grant = set[kind];
    assert.notEqual(grant, true, `${kind} is limited`);
    return (grant as readonly string[])
      .filter((item) =>
        !asked.some(({ permission, value }) => permission === kind && covers(kind, [item], value))
      )
      .map((item) => `${kind} ${item}`);
  });
}

Deno.test(
  "a backup to a directory needs exactly the permissions of its set",
  () =>
    withGuarded(async (host) => {
      await narrow(host);
      await holdAudit(host);
    }),
);

rgwTest(
  "a backup to a bucket needs exactly the permissions of its set",
  async (rgw) => {
    const { host: { bucket, region, credentials } } = await newBucket(rgw);
    const { accessKeyId, secretAccessKey } = credentials;
    const env = { BACKUP_ACCESS_KEY_ID: accessKeyId, BACKUP_SECRET_ACCESS_KEY: secretAccessKey.reveal() };
    const store = { kind: "s3", bucket, region, endpoint: rgw.endpoint };
    await withGuarded(async (host) => {
      await narrow(host);
      await holdAudit(host, env);
    }, { ...store, credentials: { env: "BACKUP" } });
  },
);

rgwTest(
  "a backup with dumps, hooks, pings, metrics and secrets in files needs exactly the permissions of its set",
  (rgw) =>
    withListener(async ({ url, heard }) => {
      const { host: { bucket, region, credentials } } = await newBucket(rgw);
      const { accessKeyId, secretAccessKey } = credentials;
      const secrets = {
        credentials:
          `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey.reveal()}\n`,
        webhook: `${url}/webhook`,
      };
      await withGuarded(async (host) => {
        for (const [name, text] of Object.entries(secrets)) {
          Deno.writeTextFileSync(`${host.directory}/etc/${name}`, text, { mode: 0o600 });
        }
        host.configure({
          dumps: [{ name: "who", command: ["id"], ...(Deno.uid() === 0 ? { user: "nobody" } : {}) }],
          hooks: { before: ["true"], after: ["/bin/sh", "-c", "exit 0"], finally: ["env"] },
          notify: { ping: `${url}/ping`, webhook: { file: "webhook" }, textfile: "../figures.prom" },
        });
        await narrow(host);
        await holdAudit(host);
        assert.equal(heard.length, 4);
      }, { kind: "s3", bucket, region, endpoint: rgw.endpoint, credentials: { file: "credentials" } });
    }),
);

rgwTest(
  "upload in its narrowed sandbox reads any file and reaches any bucket of the host's server",
  async (rgw) => {
    const { host: { bucket, region, credentials } } = await newBucket(rgw);
    const { accessKeyId, secretAccessKey } = credentials;
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal() };
    await withGuarded(async (host) => {
      await narrow(host);
      const audit = `${host.directory}/audit`;
      const uploaded = await host.task("upload", [bucket, "/etc/hostname"], {
        ...env,
        DENO_AUDIT_PERMISSIONS: audit,
      });
      assert.deepEqual([uploaded.code, /^Stored: /.test(uploaded.text)], [0, true], uploaded.stderr);
      const set = (await readSet(Deno.readTextFileSync(`${host.clone}/deno.json`), "upload"))!;
      // Of who may read everything Deno 2.9 also writes down whether he may write what he opens; nothing comes of it.
      const asked = askedIn(audit).filter(({ permission }) => permission !== "write");
      assert.deepEqual(asked.filter((power) => !isGranted(power, set)), []);
      assert.deepEqual([set.write, set.net, set.run], [[], [new URL(rgw.endpoint).host], []]);
    }, { kind: "s3", bucket: "another", region, endpoint: rgw.endpoint });
  },
);

/** Packages of this scope are looked for at the test's server. */
const NAMED_PACKAGE = `await import("npm:" + "@intruder/secret@1.0.0")`;

/** What an intruder could put into a config, as code that tells how far it came. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "read a file outside the declared paths": `Deno.readTextFileSync("/etc/shadow")`,
  "read it by Node's calls": `(await import("node:fs")).readFileSync("/etc/shadow")`,
  "list a directory outside the declared paths": `[...Deno.readDirSync("/root")]`,
  "write elsewhere": `Deno.writeTextFileSync("/tmp/nightdrop-intruder", "x")`,
  "write into what it backs up": `Deno.writeTextFileSync(SOURCE + "/x", "x")`,
  "change the config": `Deno.writeTextFileSync(new URL(import.meta.url), "x")`,
  "change the sets of permissions": `Deno.writeTextFileSync(CLONE + "/deno.json", "{}")`,
  "change nightdrop": `Deno.writeTextFileSync(CLONE + "/mod.ts", "x")`,
  "reach another server": `await fetch("http://127.0.0.1:" + PORT)`,
  "reach it by Node's calls":
    `await new Promise((ok, no) => import("node:net").then((net) => net.connect(Number(PORT), "127.0.0.1").on("connect", ok).on("error", no)))`,
  "listen on a port": `Deno.listen({ port: 0 })`,
  "look a name up": `await Deno.resolveDns("secret.example.org", "A")`,
  "run another program": `new Deno.Command("id").outputSync()`,
  "run it by Node's calls": `(await import("node:child_process")).execFileSync("id")`,
  "read the environment": `Deno.env.get("SECRET")`,
  "read all of the environment":
    `if (!("SECRET" in Deno.env.toObject())) throw new Error("Requires more than there is to see")`,
  "load native code": `Deno.dlopen("libc.so.6", {})`,
  "look into its own memory": `Deno.readTextFileSync("/proc/self/environ")`,
  "load code from a server": `await import("http://127.0.0.1:" + PORT + "/x.js")`,
  "send something out as the name of a package": NAMED_PACKAGE,
  "send something out as the name of a package of another kind":
    `await import("jsr:" + "@secret/name@1.0.0")`,
  "do so in a worker": `await new Promise((ok, no) => {
      const code = 'try { Deno.readTextFileSync("/etc/shadow"); postMessage("read") } catch (e) { postMessage(e.message) }';
      const worker = new Worker(URL.createObjectURL(new Blob([code])), { type: "module" });
      worker.onmessage = ({ data }) => { worker.terminate(); data === "read" ? ok() : no(new Error(data)); };
    })`,
  "make a link that leads out": `Deno.symlinkSync("/etc/shadow", STATE + "/link")`,
  "end other processes": `Deno.kill(Deno.ppid, "SIGCONT")`,
};

Deno.test("the sandbox refuses everything that an intruder adds to the config's code", async (t) => {
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    asked += 1;
    return new Response("nothing here", { status: 404 });
  });
  const { port } = server.addr as Deno.NetAddr;
  const at = `http://127.0.0.1:${port}/`;
  await withGuarded(async (host) => {
    Deno.writeTextFileSync(`${host.clone}/.npmrc`, `@intruder:registry=${at}\n`);
    await narrow(host);
    const attempt = async (attempts: Readonly<Record<string, string>>): Promise<string[]> => {
      host.configure({}, attempting(attempts, host, port));
      const { code: exit, text, stderr } = await host.task("backup", ["--dry-run"], {
        SECRET: "hidden",
        JSR_URL: at,
      });
      assert.equal(exit, 0, `it is not for another reason that nothing came of it: ${stderr}`);
      return text.split("\n");
    };
    const results = await attempt(ATTEMPTS);
    for (const what of Object.keys(ATTEMPTS)) {
      await t.step(`it cannot ${what}`, () => {
        const [result] = results.filter((line) => line.startsWith(`${what}: `));
        assert.match(result!.slice(what.length), /^: REFUSED .*(requires|cached-only|Failed loading)/i);
      });
    }
    assert.throws(() => Deno.statSync("/tmp/nightdrop-intruder"), Deno.errors.NotFound);
    assert.equal(asked, 0, "nothing went out");
    await t.step(
      "without --cached-only an import of a package sends its name over the network",
      async () => {
        const file = `${host.clone}/deno.json`;
        const flagged = Deno.readTextFileSync(file);
        assert.match(flagged, /--cached-only /);
        Deno.writeTextFileSync(file, flagged.replaceAll("--cached-only ", ""));
        assert.match((await attempt({ named: NAMED_PACKAGE }))[0]!, /^named: REFUSED .*does not exist/);
        assert.ok(asked > 0);
      },
    );
  });
});

Deno.test("a config cannot store data with web storage", () =>
  withGuarded(async (host) => {
    await narrow(host);
    const attempts = {
      local: 'localStorage.setItem("a", "b")',
      session: 'sessionStorage.setItem("a", "b")',
      caches: 'await caches.open("a")',
    };
    host.configure({}, attempting(attempts, host, 0));
    const { text, stderr } = await host.task("backup", ["--dry-run"]);
    for (const name of Object.keys(attempts)) {
      assert.match(text, new RegExp(`^${name}: REFUSED \\w+ is not defined$`, "m"), stderr);
    }
  }));

/** Config code that tries one thing after the other, and prints the result of each. */
function attempting(
  attempts: Readonly<Record<string, string>>,
  { clone, source, directory }: Guarded,
  port: number,
): string {
  const names = { CLONE: clone, SOURCE: source, STATE: `${directory}/state`, PORT: String(port) };
  const variables = Object.entries(names).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  const tried = Object.entries(attempts).map(([what, code]) => {
    const print = (result: string): string => `console.log(${JSON.stringify(`${what}:`)}, ${result})`;
    return `try { ${code}; ${print('"CAME THROUGH"')}; } catch (error) { ${
      print('"REFUSED", error.message')
    }; }`;
  });
  return [...variables, ...tried].join("\n");
}

Deno.test("a dump as another user works in the narrowed sandbox, which allows no other program", () =>
  withGuarded(async (host) => {
    const user = Deno.uid() === 0 ? { user: "nobody" } : {};
    host.configure({ dumps: [{ name: "who.txt", command: ["id", "-un"], ...user }] });
    await narrow(host);
    const { code, stderr } = await host.task("backup");
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /The modes of directories above the declared paths are not stored.*: "\/tmp" and \d+ more/,
    );
    assert.doesNotMatch(stderr, /sandbox/);
    assert.deepEqual((await readSet(Deno.readTextFileSync(`${host.clone}/deno.json`), "host"))!.run, [
      "getfattr",
      "id",
      "kill",
    ]);
    const identity = ["--identity", `${host.directory}/etc/private.asc`];
    await host.task("restore", ["latest", "--to", `${host.directory}/back`, ...identity]);
    const dump = Deno.readTextFileSync(`${host.directory}/back/nightdrop-dumps/who.txt`);
    if (Deno.uid() === 0) assert.equal(dump, "nobody\n");
  }));
