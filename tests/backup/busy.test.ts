import assert from "node:assert/strict";
import { openSource } from "../../lib/source/read.ts";
import { Patience } from "../../lib/source/patience.ts";
import { words } from "../../lib/source/trouble.ts";
import { restoredSource, withScenario } from "../support/scenario.ts";
import { foreignTest } from "../support/foreign.ts";
import { directory, file, hardlink } from "../source/tree.ts";
import { select, walked } from "../source/walking.ts";

/** Holds leases on files, and gives them back half a second after it was asked to (fcntl(2), F_SETLEASE). */
const HOLDER = `
import fcntl, os, signal, sys, time
held = []
for name in sys.argv[1:]:
    fd = os.open(name, os.O_RDWR)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    held.append(fd)
def back(*_):
    time.sleep(0.5)
    while held: fcntl.fcntl(held.pop(), fcntl.F_SETLEASE, fcntl.F_UNLCK)
signal.signal(signal.SIGIO, back)
print("held", flush=True)
while True: time.sleep(1)
`;

/** Runs `body` while another process holds leases on the files. */
async function whileHeld(files: readonly string[], body: () => Promise<void> | void): Promise<void> {
  const holder = new Deno.Command("python3", {
    args: ["-c", HOLDER, ...files],
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  try {
    assert.match(new TextDecoder().decode((await reader.read()).value), /held/);
    await body();
  } finally {
    holder.kill("SIGKILL");
    await reader.cancel();
    await holder.status;
  }
}

foreignTest(
  ["python3"],
  "files that another program holds a lease on are waited for, links to them included",
  () =>
    withScenario(
      directory({ "a\n\x1b[2J": file("leased"), b: file("plain"), l: file("linked"), m: hardlink("l") }),
      async (scenario) => {
        await whileHeld(["a\n\x1b[2J", "l"].map((it) => `${scenario.source}/${it}`), async () => {
          const { unread } = await scenario.backup();
          assert.equal(unread, 0);
        });
        assert.equal((await scenario.restore()).lost, 0);
        const back = restoredSource(scenario);
        assert.equal(Deno.readTextFileSync(`${back}/a\n\x1b[2J`), "leased");
        assert.equal(Deno.readTextFileSync(`${back}/m`), "linked");
        const { findings } = await scenario.verify({ identities: scenario.identities });
        assert.deepEqual(findings.filter(({ kind }) => kind === "damage"), []);
      },
    ),
);

foreignTest(
  ["python3"],
  "a lease that is not given back makes a file unread, in words and without its name",
  () =>
    withScenario(directory({ a: file("leased") }), async (scenario) => {
      const [, entry] = walked(select([scenario.source])).entries;
      await whileHeld([entry!.file], () => {
        let busy = 0;
        const reported: string[] = [];
        assert.equal(openSource(entry!, ({ reason }) => reported.push(reason), () => busy += 1), undefined);
        assert.deepEqual([busy, reported], [1, []]);
        assert.equal(
          openSource(entry!, ({ kind, reason }) => reported.push(`${kind}: ${reason}`)),
          undefined,
        );
        assert.deepEqual(reported, ["unread: another program holds a lease on it and did not give it back"]);
      });
    }),
);

Deno.test("patience ends, whichever file needed it", async () => {
  const patience = new Patience(30);
  for (let waits = 0; patience.isLeft; waits += 1) {
    assert.ok(waits < 10);
    await patience.wait();
  }
  patience.rewarded();
  assert.ok(!patience.isLeft);
});

for (
  const message of [
    "EFOO: nobody knows it, open '/tmp/a'b\nwarning: all is well\x1b[2J'",
    "Nobody knows it (os error 999): lstat '/tmp/a'b\nwarning: all is well\x1b[2J'",
    "odd\x1b[2J",
  ]
) {
  Deno.test(`a message of the system is reported without the path and without control characters: ${JSON.stringify(message)}`, () => {
    // deno-lint-ignore no-control-regex -- that is what must not be there
    assert.doesNotMatch(words(new Error(message)), /[\x00-\x1f]|all is well/);
  });
}
