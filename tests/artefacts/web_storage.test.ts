/** Code in a config that stores data without permission to write: what is refused in each artefact. */
import assert from "node:assert/strict";
import { foreignTest } from "../support/foreign.ts";
import type { Cluster } from "../support/rgw.ts";
import { ARTEFACTS } from "./artefacts.ts";
import { STORES, withDesk } from "./desk.ts";

/** Everything in Deno that stores data for later, as an expression. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  localStorage: 'localStorage.setItem("a", "b")',
  sessionStorage: 'sessionStorage.setItem("a", "b")',
  caches: 'caches.open("a").then((it) => it.put("http://a/", new Response("secret")))',
  indexedDB: 'indexedDB.open("a")',
  "file system": "navigator.storage.getDirectory()",
  kv: "Deno.openKv()",
  "kv in a file": 'Deno.openKv(AT + "/intruder.kv")',
  sqlite: 'import("node:sqlite").then((it) => new it.DatabaseSync(AT + "/intruder.sqlite"))',
};

/** Artefacts in which a worker of the config has its own Cache API: see docs/THREATS.md. */
const OPEN = ["clone", "script", "package", "compiled graph"];

function attempting(where: string): string {
  return Object.entries(ATTEMPTS).map(([what, code]) =>
    `try { await (${code}); say("${where} ${what}: CAME THROUGH"); } ` +
    `catch (error) { say("${where} ${what}: REFUSED " + error.message); }`
  ).join("\n");
}

/** Config code that tries everything, itself and in a worker; files in the directory `at`. */
function codeAt(at: string): string {
  const begin = (say: string): string => `const AT = ${JSON.stringify(at)}; const say = (text) => ${say};`;
  const worker = `${begin("postMessage(text)")}\n${attempting("worker")}\npostMessage("end");`;
  return `${begin("console.error(text)")}
${attempting("config")}
await new Promise((end) => {
  const url = "data:application/javascript," + encodeURIComponent(${JSON.stringify(worker)});
  const worker = new Worker(url, { type: "module" });
  worker.onerror = (event) => { event.preventDefault(); say("worker: REFUSED " + event.message); end(); };
  worker.onmessage = ({ data }) => data === "end" ? (worker.terminate(), end()) : say(data);
});
`;
}

/** Yields the paths of all files below a directory, except what Deno keeps there for itself. */
function* filesBelow(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (!isDirectory) yield path;
    else if (!/cache$/.test(name)) yield* filesBelow(path);
  }
}

for (const { name, prepare } of ARTEFACTS) {
  foreignTest(
    ["npm"],
    `a config in the ${name} cannot store data without permission`,
    () =>
      withDesk(STORES[0]!, "web1.example.org", undefined as unknown as Cluster, async (desk) => {
        const config = `${desk.at}/host.config.ts`;
        Deno.writeTextFileSync(config, codeAt(desk.at) + Deno.readTextFileSync(config));
        const run = await prepare(desk);
        const before = new Set(filesBelow(desk.at));
        const words = ["backup", "--dry-run", "--config", "host.config.ts", "--host", desk.host];
        const { code, stderr } = await run(words, { ...desk.environment });
        assert.equal(code, 0, stderr);
        const lines = stderr.split("\n");
        for (const where of ["config", "worker"]) {
          for (const what of Object.keys(ATTEMPTS)) {
            const said = lines.filter((it) => it.includes(`${where} ${what}: `)).join();
            assert.notEqual(said, "", `${where} ${what}: ${stderr}`);
            const isOpen = where === "worker" && what === "caches" && OPEN.includes(name);
            assert.match(said, isOpen ? /CAME THROUGH/ : /REFUSED/);
            if (!isOpen) assert.doesNotMatch(said, /CAME THROUGH/);
          }
        }
        assert.deepEqual(
          [...filesBelow(desk.at)].filter((it) => !before.has(it) && !it.includes("/state/")),
          [],
        );
      }),
  );
}
