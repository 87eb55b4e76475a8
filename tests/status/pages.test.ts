import assert from "node:assert/strict";
import axe from "axe-core";
import type { HostStatus } from "../../lib/status/status.ts";
import { fleetPages, HOSTS_A_PAGE } from "../../lib/status/page/pages.ts";
import { daysOf } from "../../lib/status/page/strip.tsx";
import { type BrowserPage, withBrowser } from "../support/browser.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest } from "../support/foreign.ts";
import { alerts, facts, FIRST, night, nights } from "./nights.ts";

const NOW = new Date("2026-05-30T08:00:00Z");

/** What a host may write to get into the page. */
const HOSTILE = [
  "</style><script>globalThis.caught = 1</script>",
  `" onmouseover="globalThis.caught = 2"><img src="http://127.0.0.1:9/x" onerror="globalThis.caught = 3">`,
  "\u202egpj.exe \u2066\u200b\u0007\u001b[31m",
  "&amp;&lt;]]>-->",
  "x".repeat(10_000),
];

function good(host: string): HostStatus {
  return { host, state: "good", facts: facts({ host }), alerts: [] };
}

/** A host that writes `text` wherever it can. */
function hostile(text: string, at: number): HostStatus {
  const host = `hostile${at}.example.org`;
  const it = facts({
    host,
    nights: [...nights(29), night(29, { program: text, unread: 3 })],
    findings: [{ kind: "damage", snapshot: text, what: text }],
  });
  return { host, state: "critical", facts: it, alerts: alerts(it) };
}

const FLEET: readonly HostStatus[] = [
  good("good.example.org"),
  ...HOSTILE.map(hostile),
  { host: "away.example.org", state: "unknown", error: HOSTILE.join("\n") },
  {
    host: "new.example.org",
    state: "critical",
    facts: facts({ nights: [], restorableUntil: undefined, stored: 0 }),
    alerts: [],
  },
  { host: `${"long-".repeat(12)}.example.org`, state: "good", facts: facts(), alerts: [] },
];

const STRANGERS = HOSTILE.map((name) => ({ name, place: "s3://backups" }));

function index(fleet: readonly HostStatus[], strangers = STRANGERS): string {
  return fleetPages(fleet, strangers, NOW).get("index.html")!;
}

Deno.test("text of hosts is text on the page, and never markup or an invisible character", () => {
  const page = index(FLEET);
  assert.doesNotMatch(page, /<script|<img|onmouseover="|<\/style>.*<\/style>/s);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(page, /[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
  assert.match(page, /&lt;script&gt;/);
  assert.ok(!page.includes("x".repeat(2000)), "what is very long is cut");
});

Deno.test("the page begins with the number of hosts that need attention, and shows the worst host first", () => {
  const page = index([good("a"), hostile("x", 1), good("b")], []);
  assert.match(page, /<h1>1 of 3 hosts needs attention; written 2026-05-30 08:00 UTC<\/h1>/);
  assert.deepEqual([...page.matchAll(/<th scope="row"><a [^>]*>([^<]*)/g)].map(([, host]) => host), [
    "hostile1.example.org",
    "a",
    "b",
  ]);
  assert.match(index([good("a"), good("b")], []), /<h1>All 2 hosts are good; /);
});

Deno.test("the page shows until when old keys are needed, of many keys a few", () => {
  const oldKeys = Array.from({ length: 7 }, (_, at) => ({
    fingerprint: `${at}`.repeat(40),
    snapshots: at + 1,
    until: at === 1 ? undefined : "2026-12-01",
  }));
  const page = index([{ host: "a", state: "good", facts: facts({ host: "a", oldKeys }), alerts: [] }], []);
  const notes = [...page.matchAll(/<li>note: ([^<]*)<\/li>/g)].map(([, text]) => text);
  assert.equal(notes.length, 6);
  assert.equal(
    notes[0],
    `keep the key ${
      "0".repeat(40)
    } until 2026-12-01: the config no longer names it, and it opens 1 snapshot.`,
  );
  assert.match(notes[1]!, /for as long as its snapshots are stored: .* it opens 2 snapshots\.$/);
  assert.equal(notes[5], "keep 2 more old keys: see status --json.");
  assert.doesNotMatch(index([good("a")], []), /<ul>|note:/);
});

Deno.test("500 hosts make one page of less than a megabyte, and more make several that link to each other", () => {
  const fleet = Array.from(
    { length: 1201 },
    (_, at) => at === 700 ? hostile("x", 700) : good(`web${10_000 + at}.example.org`),
  );
  const one = fleetPages(fleet.slice(0, HOSTS_A_PAGE), [], NOW);
  assert.deepEqual([...one.keys()], ["index.html"]);
  assert.ok(one.get("index.html")!.length < 1_000_000, `${one.get("index.html")!.length}`);
  const several = fleetPages(fleet, [], NOW);
  assert.deepEqual([...several.keys()], ["index.html", "hosts-1.html", "hosts-2.html", "hosts-3.html"]);
  const rows = (name: string): number => several.get(name)!.match(/<th scope="row">/g)?.length ?? 0;
  assert.deepEqual([...several.keys()].map(rows), [1, 500, 500, 201]);
  for (const name of ["hosts-1.html", "hosts-3.html"]) {
    assert.ok(several.get("index.html")!.includes(`href="${name}"`));
  }
  assert.ok(several.get("hosts-2.html")!.includes('href="index.html"'));
});

Deno.test("the strip of a host shows what each of the last thirty days was like", () => {
  const some = [
    night(-5),
    night(0),
    night(27, { unread: 1 }),
    night(28, { unread: 1 }),
    night(28),
    night(29),
  ];
  const days = daysOf(some, new Date(FIRST + 29 * 86_400_000 + 3_600_000));
  assert.deepEqual([days.length, days[0]], [30, "complete"]);
  assert.deepEqual(days.slice(-4), ["none", "incomplete", "complete", "complete"]);
});

/** Opens a page as a file, in the given form. */
async function open(
  page: BrowserPage,
  html: string,
  media: string,
  scheme: string,
  width: number,
): Promise<void> {
  await page.send("Emulation.setEmulatedMedia", {
    media,
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  await page.send("Emulation.setDeviceMetricsOverride", {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await withDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/index.html`, html);
    await page.open(`file://${directory}/index.html`);
  });
}

foreignTest(
  ["chromium"],
  "a browser runs nothing of the page, asks for nothing, and finds it accessible in every form",
  () =>
    withBrowser(async (page) => {
      // What checks the page is not of the page.
      await page.send("Page.setBypassCSP", { enabled: true });
      for (
        const [media, scheme, width] of [["screen", "light", 1400], ["screen", "dark", 1400], [
          "screen",
          "light",
          360,
        ], ["print", "light", 800]] as const
      ) {
        await open(page, index(FLEET), media, scheme, width);
        await page.evaluate(axe.source);
        const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
          "axe.run().then((it) => it.violations)",
        );
        assert.deepEqual(
          found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          [],
          `${media} ${scheme} ${width}`,
        );
        assert.equal(await page.evaluate("globalThis.caught"), undefined);
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        assert.ok(overflow <= 0, `${media} ${width}: ${overflow} pixels too wide`);
      }
      assert.deepEqual(page.requests.filter((url) => !/^file:.*\/index\.html$/.test(url)), []);
    }),
);

foreignTest(
  ["chromium"],
  "the policy of the page blocks markup that gets into it",
  () =>
    withBrowser(async (page) => {
      const broken = index(FLEET).replace(
        "</main>",
        `<script>globalThis.caught = 4</script><img src="http://127.0.0.1:9/x" onerror="globalThis.caught = 5"></main>`,
      );
      await open(page, broken, "screen", "light", 1400);
      assert.equal(await page.evaluate("globalThis.caught"), undefined);
      assert.ok(
        page.messages.some((text) => text.includes("Content Security Policy")),
        page.messages.join("\n"),
      );
    }),
);
