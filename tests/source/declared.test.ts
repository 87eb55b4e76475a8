import assert from "node:assert/strict";
import { selectionFaults } from "../../lib/app/selection_faults.ts";
import { plan } from "../../lib/backup/plan.ts";
import type { Host } from "../../lib/config/types.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, writeTree } from "./tree.ts";
import { rootTest, select, walkApart, walked, withoutPrivilege } from "./walking.ts";

const SETUP = `
mkdir -p data/sub empty; echo x > data/file; echo x > file
ln -s data link; ln -s link link-to-link; ln -s data/file file-link; ln -s data/sub nested; ln -s none dangling
ln -s loop loop; ln -s ../elsewhere/none far; mkfifo fifo; mknod null c 1 3
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket')"
`;

/** What is declared, and what is said of it: undefined where something of use is stored. `@` stands for the root. */
const DECLARED: readonly [paths: readonly string[], fault: RegExp | undefined][] = [
  [["data"], undefined],
  [["file"], undefined],
  [["empty"], undefined],
  [["link/sub"], undefined],
  [["link"], /symbolic link.*only the link.*declare "@\/data"/],
  [["link-to-link"], /declare "@\/data"/],
  [["file-link"], /declare "@\/data\/file"/],
  [["link", "data"], undefined],
  [["nested", "data"], undefined],
  [["dangling"], /symbolic link to "none", which is not there/],
  [["far"], /which is not there/],
  [["loop"], /leads in a circle/],
  [["fifo"], /it is a fifo/],
  [["null"], /it is a device/],
  [["socket"], /it is a socket/],
  [["missing"], /nothing has this name/],
  [["file/below"], /no longer a directory/],
];

for (const [names, fault] of DECLARED) {
  const what = `${names.join(" and ")}`;
  foreignTest(
    ["python3"],
    `declared ${what}: run, dry run and config check say the same, which is ${fault?.source ?? "nothing"}`,
    () =>
      withScenario(directory({}), async (scenario) => {
        assert.ok(new Deno.Command("sh", { args: ["-c", SETUP], cwd: scenario.source }).outputSync().success);
        const paths = names.map((name) => `${scenario.source}/${name}`);
        const host: Host = { ...scenario.host, selection: { ...scenario.host.selection, paths } };
        const said = await saidOf(scenario, host);
        for (const [where, faults] of Object.entries(said)) {
          assert.equal(faults.length, fault ? 1 : 0, `${where}: ${faults}`);
          const pattern = fault && new RegExp(fault.source.replaceAll("@", scenario.source));
          if (pattern) assert.match(faults[0]!, pattern, where);
        }
      }),
  );
}

async function saidOf(scenario: Scenario, host: Host): Promise<Record<string, string[]>> {
  const unread = (events: Scenario["events"]): string[] =>
    events.splice(0).flatMap((it) => it.event === "trouble" && it.kind === "unread" ? [it.reason] : []);
  const planned = await plan(host, scenario.run);
  const dryRun = unread(scenario.events);
  assert.equal(planned.unread, dryRun.length);
  const result = await scenario.withHost({ selection: host.selection }).backup();
  const run = unread(scenario.events);
  assert.equal(result.unread, run.length);
  return { dryRun, run, check: selectionFaults(host, true) };
}

Deno.test("a path that is not there is no fault where the config is checked elsewhere", () =>
  withScenario(directory({}), (scenario) => {
    const selection = { ...scenario.host.selection, paths: [`${scenario.source}/missing`] };
    assert.deepEqual(selectionFaults({ ...scenario.host, selection }, false), []);
    return Promise.resolve();
  }));

rootTest("a declared directory of the kernel is unread, and only its own entry is stored", () => {
  for (const path of ["/proc", "/sys", "/dev"]) {
    const { entries, troubles } = walked(select([path]));
    assert.deepEqual(entries.filter((it) => it.file !== path), []);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["unread", path]]);
  }
});

foreignTest(
  ["setpriv"],
  "a declared directory that may not be read is unread",
  () =>
    withDirectory(async (root) => {
      writeTree(root, directory({ closed: directory({ a: file() }, { mode: 0 }) }));
      const permissions = ["--allow-read", "--allow-sys=statfs"];
      const { troubles } = await walkApart(select([`${root}/closed`]), permissions, withoutPrivilege());
      assert.deepEqual(troubles.map(({ kind, reason }) => [kind, reason]), [["unread", "permission denied"]]);
    }),
);
