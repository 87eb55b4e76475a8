/** Backups of extended attributes, ACLs and capabilities, as their index lists them. */
import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import { modeWithAcl } from "../support/acl_mode.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { unpacked } from "../../lib/model/pack.ts";
import { IndexReader } from "../../lib/snapshots/index_reader.ts";
import { directory, file, hardlink, type Node, symlink } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { bash, rootForeignTest } from "../support/foreign.ts";

const TREE: Node = directory({
  plain: file("plain"),
  acl: file("acl", { mode: 0o640 }),
  user: file("user"),
  cap: file("cap", { mode: 0o755 }),
  first: file("first"),
  second: hardlink("first"),
  link: symlink("plain"),
  "new\nline": file("x"),
  "back\\slash": file("x"),
  "ümläut = #": file("x"),
  sub: directory({ deep: file("deep") }),
});

const SET = `
cd "$1"
setfacl -m u:34:rw,g:1:- acl
setfattr -n user.a -v 1 user; setfattr -n user.empty user; setfattr -n 'user.e=%3D' -v 0x00ff0a user
setfattr -n $'user.n\\nl\\\\' -v 1 user; setfattr -n trusted.t -v t user
setcap cap_net_raw+ep cap
setfattr -n user.one -v 1 second
setfattr -h -n trusted.l -v 1 link
for name in $'new\\nline' 'back\\slash' 'ümläut = #'; do setfattr -n user.odd -v 1 "$name"; done
setfacl -d -m g:2:rwx sub`;

async function attribute(scenario: Scenario, script = SET): Promise<void> {
  await bash(script.replaceAll("$1", scenario.source));
}

/** What the newest snapshot's own volumes hold, by their paths in the source. */
async function listed(scenario: Scenario): Promise<Map<string, Entry>> {
  const reader = new IndexReader(scenario.store.reader, scenario.identities, scenario.run.signal);
  const entries = new Map<string, Entry>();
  for await (const volume of reader.read(await scenario.snapshot())) {
    if (volume.gone !== undefined) continue;
    for (const entry of unpacked(volume.entries)) {
      entries.set(`/${entry.path}`.slice(scenario.source.length + 1), entry);
    }
  }
  return entries;
}

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();

function attributesOf(entries: ReadonlyMap<string, Entry>): Record<string, unknown> {
  return Object.fromEntries(
    [...entries].flatMap(([path, { acl, defaultAcl, xattrs }]) => {
      const all = { ...(acl && { acl }), ...(defaultAcl && { defaultAcl }), ...(xattrs && { ...xattrs }) };
      return Object.keys(all).length === 0 ? [] : [[path, all]];
    }),
  );
}

const ODD = { "user.odd": base64("1") };

/** All that the tree has. */
const ALL = {
  acl: { acl: "user::rw-,user:34:rw-,group::r--,group:1:---,mask::rw-,other::---" },
  user: {
    "trusted.t": base64("t"),
    "user.a": base64("1"),
    "user.e=%3D": "AP8K",
    "user.empty": "",
    "user.n\nl\\": base64("1"),
  },
  cap: { "security.capability": "AQAAAgAgAAAAAAAAAAAAAAAAAAA=" },
  first: { "user.one": base64("1") },
  link: { "trusted.l": base64("1") },
  "new\nline": ODD,
  "back\\slash": ODD,
  "ümläut = #": ODD,
  sub: { defaultAcl: "user::rwx,group::r-x,group:2:rwx,mask::rwx,other::r-x" },
};

const PROGRAMS = ["getfattr", "setfattr", "setfacl", "setcap"];

/** Warnings that are about attributes. */
function warnings({ events }: Pick<Scenario, "events">): string[] {
  return events.flatMap((event) =>
    event.event === "warning" && /attributes/i.test(event.text) ? [event.text] : []
  );
}

function unread({ events }: Pick<Scenario, "events">): string[] {
  return events.flatMap((event) =>
    event.event === "trouble" && event.kind === "unread" ? [event.reason] : []
  );
}

function attributeTest(name: string, body: (scenario: Scenario) => Promise<void>, tree: Node = TREE): void {
  rootForeignTest(PROGRAMS, name, () => withScenario(tree, body));
}

attributeTest("a backup stores the attributes, ACLs and capabilities that a tree has", async (scenario) => {
  await attribute(scenario);
  const { unread } = await scenario.backup();
  assert.equal(unread, 0);
  const entries = await listed(scenario);
  assert.deepEqual(attributesOf(entries), ALL);
  const { acl, mode } = entries.get("acl")!;
  const shown = Deno.lstatSync(`${scenario.source}/acl`).mode! & 0o7777;
  assert.deepEqual([modeWithAcl(mode, acl!), mode, shown], [0o660, 0o640, 0o660]);
  const { findings } = await scenario.verify({ identities: scenario.identities });
  assert.deepEqual(findings.filter(({ kind }) => kind === "damage"), []);
});

attributeTest(
  "without attributes in the config none are stored, and no program is started",
  async (scenario) => {
    await attribute(scenario);
    await scenario.withHost({ attributes: false }).backup();
    assert.deepEqual(attributesOf(await listed(scenario)), {});
    assert.deepEqual(warnings(scenario), []);
  },
);

/** Lets what was made lie in the past, so that the next backup can trust its times. */
async function settle(scenario: Scenario): Promise<Scenario> {
  const later = { ...scenario.run, now: (): Date => new Date(Date.now() + 120_000) };
  await scenario.withHost({}, later).backup();
  return scenario;
}

attributeTest("a changed attribute is sent, and nothing else", async (scenario) => {
  await attribute(scenario);
  await settle(scenario);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // Deno cuts a ctime to whole seconds
  await attribute(
    scenario,
    `cd "$1"; setfattr -n user.a -v 2 user; setfacl -b acl; setfattr -x user.odd 'back\\slash'`,
  );
  const { sent } = await scenario.backup();
  const entries = await listed(scenario);
  assert.deepEqual([...entries.keys()].sort(), ["acl", "back\\slash", "user"]);
  assert.equal(sent.entries, 3);
  assert.deepEqual(attributesOf(entries), { user: { ...ALL.user, "user.a": base64("2") } });
});

attributeTest(
  "entries that were sent without attributes are re-sent once if they have some",
  async (scenario) => {
    await attribute(scenario);
    const later = { ...scenario.run, now: (): Date => new Date(Date.now() + 120_000) };
    await scenario.withHost({ attributes: false }, later).backup();
    assert.equal((await scenario.withHost({ attributes: false }, later).backup()).sent.entries, 0);
    const { sent, entries } = await scenario.withHost({}, later).backup();
    assert.deepEqual(attributesOf(await listed(scenario)), ALL);
    assert.equal(
      sent.entries,
      Object.keys(ALL).length + 1,
      "those that have attributes, and the link to one of them",
    );
    assert.equal((await scenario.withHost({}, later).backup()).sent.entries, 0);
    assert.equal((await scenario.withHost({ attributes: false }, later).backup()).sent.entries, 0);
    assert.deepEqual([(await scenario.restore()).lost, entries], [0, 13]);
  },
);

/** Runs `body` where the program getfattr is another. */
async function withGetfattr(
  scenario: Scenario,
  script: string | undefined,
  body: () => Promise<void>,
): Promise<void> {
  const path = Deno.env.get("PATH")!;
  const bin = `${scenario.directory}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  if (script !== undefined) await Deno.writeTextFile(`${bin}/getfattr`, script, { mode: 0o755 });
  Deno.env.set("PATH", bin);
  try {
    await body();
  } finally {
    Deno.env.set("PATH", path);
  }
}

attributeTest(
  "without getfattr each run warns and names the package, and the next with it sends what lacks",
  async (scenario) => {
    await attribute(scenario);
    const later = { ...scenario.run, now: (): Date => new Date(Date.now() + 120_000) };
    await withGetfattr(scenario, undefined, async () => {
      for (const sent of [13, 0, 0]) {
        scenario.events.length = 0;
        const result = await scenario.withHost({}, later).backup();
        assert.deepEqual([result.sent.entries, result.unread], [sent, 0]);
        assert.equal(warnings(scenario).length, 1);
        assert.match(
          warnings(scenario)[0]!,
          /Extended attributes, ACLs and capabilities are not backed up.*apt-get install attr/,
        );
      }
    });
    await scenario.withHost({}, later).backup();
    assert.deepEqual(attributesOf(await listed(scenario)), ALL);
  },
);

/** What getfattr may turn out to be, what is said of it, and whether it is the end of it. */
const FAULTS: Readonly<Record<string, readonly [script: string, reason: RegExp]>> = {
  "fails": ["exit 2", /failed: it ended with exit code 2/],
  "fails without a word": ["exit 1", /failed without a word/],
  "dies": ["kill -SEGV $$", /ended by a signal/],
  "prints garbage": ["echo garbage", /something else than attributes/],
  "prints garbage as errors": ["echo garbage >&2; exit 1", /it printed: garbage/],
  "lies about the files that it was asked for": [
    `printf '# file: /etc/passwd\\nuser.a=0sMQ==\\n\\n'`,
    /something else than attributes/,
  ],
  "prints a value that is no base64": [
    `printf '# file: %s\\nuser.a=0sM\\n\\n' "$9"`,
    /no base64/,
  ],
  "prints a value in another form": [`printf '# file: %s\\nuser.a="x"\\n\\n' "$9"`, /another form/],
  "prints an attribute twice": [`printf '# file: %s\\nuser.a=0s\\nuser.a=0s\\n\\n' "$9"`, /twice/],
  "breaks off": [`printf '# file: %s\\nuser.a=0sMQ' "$9"`, /broke off/],
  "prints without end": ["while :; do echo garbage; done", /something else/],
};

for (const [fault, [script, reason]] of Object.entries(FAULTS)) {
  attributeTest(`a getfattr that ${fault} costs the attributes and not the backup`, async (scenario) => {
    await attribute(scenario);
    await withGetfattr(scenario, `#!/bin/sh\n${script}\n`, async () => {
      const { unread: count, entries } = await scenario.backup();
      assert.deepEqual([count, entries], [1, 13]);
    });
    assert.match(unread(scenario)[0]!, reason);
    assert.match(unread(scenario)[0]!, /attributes and those of \d+ entries behind it/);
    assert.deepEqual(attributesOf(await listed(scenario)), {});
    assert.equal((await scenario.restore()).lost, 0);
  });
}

/** What cannot be stored of a file, what is said of it, and what is stored. */
const LACKS: Readonly<
  Record<string, readonly [script: string, reason: RegExp, kept: Record<string, string>]>
> = {
  "a name that is not UTF-8": [
    `setfattr -n $'user.\\xff' -v 1 f; setfattr -n user.b -v 1 f`,
    /stored without its extended attribute "user\.ÿ": the name is not UTF-8/,
    { "user.b": base64("1") },
  ],
};

for (const [lack, [script, reason, kept]] of Object.entries(LACKS)) {
  attributeTest(`an attribute with ${lack} is reported by each run and sent once`, async (scenario) => {
    await attribute(scenario, `cd "$1"; ${script}`);
    const later = { ...scenario.run, now: (): Date => new Date(Date.now() + 120_000) };
    for (const sent of [2, 0]) {
      scenario.events.length = 0;
      const result = await scenario.withHost({}, later).backup();
      assert.deepEqual([result.sent.entries, result.unread], [sent, 1]);
      assert.match(unread(scenario)[0]!, reason);
      if (sent > 0) assert.deepEqual((await listed(scenario)).get("f")!.xattrs, kept);
    }
  }, directory({ f: file("f") }));
}

attributeTest("files with more attributes than are taken at a time are all stored", async (scenario) => {
  const value = `0x${"00ff".repeat(700)}`;
  await attribute(
    scenario,
    `cd "$1"; for n in a b c d e f; do echo $n > $n; setfattr -n user.large -v ${value} $n; done`,
  );
  await scenario.backup();
  const entries = await listed(scenario);
  assert.equal([...entries.values()].filter(({ xattrs }) => xattrs !== undefined).length, 6);
}, directory({}));

attributeTest(
  "a file that is replaced after its attributes were read is stored without them, and closed",
  async (scenario) => {
    await attribute(scenario, `cd "$1"; setfacl -m u:34:rw acl; setfattr -n user.a -v 1 acl`);
    const swap = (event: Event): void => {
      scenario.events.push(event);
      if (event.event === "trouble" && event.kind === "skipped") {
        Deno.writeTextFileSync(`${scenario.source}/new`, "acl2");
        Deno.chmodSync(`${scenario.source}/new`, 0o660);
        Deno.renameSync(`${scenario.source}/new`, `${scenario.source}/acl`);
      }
    };
    const selection = { ...scenario.host.selection, maxFileSize: 1000 };
    await Deno.writeFile(`${scenario.source}/zlarge`, new Uint8Array(2000));
    await scenario.withHost({ selection }, { ...scenario.run, report: swap }).backup();
    const { acl, xattrs, mode } = (await listed(scenario)).get("acl")!;
    assert.deepEqual([acl, xattrs, mode & 0o070], [undefined, undefined, 0o060]);
  },
);
