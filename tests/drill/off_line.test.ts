/** Drills whose private key is on another machine. */
import assert from "node:assert/strict";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import { choosePlanned } from "../../lib/drill/choose.ts";
import type { HostDrill } from "../../lib/drill/drill.ts";
import { type Answered, type Missing, missingOf } from "../../lib/drill/missing.ts";
import { encodePlan } from "../../lib/drill/plan.ts";
import {
  answer,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  openerWith,
  type SessionKeys,
} from "../../lib/drill/request.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { openIdentities } from "../../lib/app/keys.ts";
import { openerOf } from "../../lib/seal/session_key.ts";
import { blocks } from "../docs/blocks.ts";
import { withGnuPg } from "../seal/gnupg.ts";
import { directory, file } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { owner } from "../support/owner.ts";
import { noise } from "../support/sample_tree.ts";
import { rehearse, troublesOf } from "./rehearsal.ts";

const SECRET = "a secret of the host";
const TREE = directory({ a: file(SECRET), b: file(noise(70_000, 1)), c: file(noise(70_000, 2)) });
const DRILL = { ...DEFAULT_DRILL, files: 100 };

function ask(it: Scenario, answered?: Answered): Promise<Missing> {
  return missingOf([{ ...it.host, drill: DRILL }], (_, body) => body(it.store.reader), {
    seed: "s",
    answered,
  }, it.run);
}

function rehearseWith(it: Scenario, { plan, keys }: Answered): Promise<HostDrill> {
  const choose = choosePlanned(plan.hosts);
  return rehearse(it, { keys: openerWith(keys), seed: plan.seed, choose, host: { drill: DRILL } });
}

/** What the machine with the private key answers to the text of a request. */
type Safe = (request: string) => Promise<string>;

function withIdentities({ identities }: Scenario): Safe {
  return async (request) => {
    const { plan, packets } = decodeRequest(request, "request");
    const { keys, refused } = await answer(packets, openerOf(identities));
    assert.deepEqual(refused, []);
    return encodeAnswer(plan, keys);
  };
}

/** Both rounds; gives the keys and the texts of both requests. */
async function rounds(it: Scenario, safe: Safe): Promise<{ answered: Answered; requests: string[] }> {
  const requests: string[] = [];
  let answered: Answered | undefined;
  let keys: SessionKeys = new Map();
  for (let round = 0; round < 2; round += 1) {
    const { plan, packets } = await ask(it, answered);
    requests.push(encodeRequest(plan, packets));
    const got = decodeAnswer(await safe(requests.at(-1)!), "answer");
    keys = new Map([...keys, ...got.keys]);
    answered = { plan: got.plan, keys };
  }
  return { answered: answered!, requests };
}

Deno.test("two rounds of requests and answers lead to a drill without a private key", () =>
  withScenario(TREE, async (it) => {
    await it.backup();
    Deno.writeTextFileSync(`${it.source}/new`, "new");
    await it.backup();
    const { answered, requests } = await rounds(it, withIdentities(it));
    const [indexes, volumes] = requests.map((text) => text.trimEnd().split("\n").length - 1);
    assert.equal(indexes, 2, "one of each snapshot");
    assert.ok(volumes! >= 4, "several volumes");
    assert.equal((await ask(it, answered)).packets.size, 0, "nothing is missing");
    const found = await rehearseWith(it, answered);
    assert.equal(found.state, "ok", JSON.stringify(troublesOf(found)));
    assert.equal(found.drilled.length, 2);
  }));

Deno.test("a backup between the rounds does not change the drill", () =>
  withScenario(TREE, async (it) => {
    const { snapshot } = await it.backup();
    const answers = withIdentities(it);
    const { answered } = await rounds(it, async (request) => {
      await it.backup();
      return await answers(request);
    });
    const found = await rehearseWith(it, answered);
    assert.deepEqual([found.state, found.drilled.map((it) => it.snapshot)], ["ok", [snapshot]]);
  }));

Deno.test("a session key that is missing is a check that has not run", () =>
  withScenario(TREE, async (it) => {
    await it.backup();
    const { answered } = await rounds(it, withIdentities(it));
    for (const id of answered.keys.keys()) {
      const keys = new Map([...answered.keys].filter(([other]) => other !== id));
      const found = await rehearseWith(it, { ...answered, keys });
      assert.equal(found.state, "not run");
      assert.match(troublesOf(found)[0]!.reason!, /No answer has the session key .*--request FILE/);
      assert.equal((await ask(it, { ...answered, keys })).packets.has(id), true, "it is asked for again");
    }
  }));

Deno.test("a wrong session key is a failed check, never a pass", () =>
  withScenario(TREE, async (it) => {
    await it.backup();
    const { answered } = await rounds(it, withIdentities(it));
    const keys = new Map([...answered.keys].map(([id]) => [id, new Uint8Array(32)]));
    assert.equal((await rehearseWith(it, { ...answered, keys })).state, "failed");
  }));

foreignTest(
  ["gpg"],
  "a request holds no plaintext and no private material: a plan, and session key packets alone",
  () =>
    withScenario(TREE, (it) =>
      withGnuPg(async (gpg) => {
        await it.backup();
        const { answered, requests } = await rounds(it, withIdentities(it));
        for (const text of requests) {
          const [plan, ...lines] = text.trimEnd().split("\n");
          assert.equal(plan, encodePlan(answered.plan));
          for (const line of lines) {
            assert.match(line, /^[0-9a-f]{64} [A-Za-z0-9+/]+=*$/);
            Deno.writeFileSync(`${gpg.directory}/packets`, Uint8Array.fromBase64(line.split(" ")[1]!));
            const { text: listed } = await gpg.try(["--list-packets", `${gpg.directory}/packets`]);
            assert.match(listed, /^(# off=\d+ .*\n:pubkey enc packet: version 3, .*\n(\s+data: .*\n)+)+$/);
          }
          const bytes = new TextEncoder().encode(text).toHex() +
            lines.map((it) => Uint8Array.fromBase64(it.split(" ")[1]!).toHex()).join("");
          for (const secret of [SECRET, it.source, "PRIVATE KEY"]) {
            assert.ok(!bytes.includes(new TextEncoder().encode(secret).toHex()), secret);
          }
          for (const key of answered.keys.values()) assert.ok(!bytes.includes(key.toHex()), "no session key");
        }
      })),
);

foreignTest(
  ["gpg", "base64"],
  "the documented loop of gpg answers a request, by gpg's agent and a passphrase",
  () =>
    withScenario(TREE, (it) =>
      withGnuPg(async (gpg) => {
        const home = `${gpg.directory}/gnupg`;
        await must("gpg", ["--homedir", home, "--batch", "--quiet", "--import"], { stdin: owner.privateKey });
        const pinentry = `${gpg.directory}/pinentry`;
        // It gives the new passphrase when the key gets one, and again when the key is used.
        Deno.writeTextFileSync(
          pinentry,
          `#!/bin/sh\necho OK\nwhile read -r line; do case $line in GETPIN*) echo "D hunter2";; esac; echo OK; done\n`,
          { mode: 0o700 },
        );
        Deno.writeTextFileSync(`${home}/gpg-agent.conf`, `pinentry-program ${pinentry}\ns2k-count 65536\n`);
        await must("gpgconf", ["--homedir", home, "--kill", "all"]);
        await gpg.run(["--pinentry-mode", "ask", "--passwd", owner.fingerprint]);
        await must("gpgconf", ["--homedir", home, "--kill", "all"]);
        const loop = blocks("docs/DRILLS.md", "sh").find((text) => text.includes("--show-session-key"))!;
        await it.backup();
        const { answered } = await rounds(it, async (request) => {
          Deno.writeTextFileSync(`${gpg.directory}/first.request`, request);
          await must("sh", ["-c", loop], { cwd: gpg.directory, env: { GNUPGHOME: home } });
          assert.equal(Deno.statSync(`${gpg.directory}/first.request.keys`).mode! & 0o777, 0o600);
          return Deno.readTextFileSync(`${gpg.directory}/first.request.keys`);
        });
        assert.equal((await rehearseWith(it, answered)).state, "ok");
      })),
);

Deno.test("an answer with another key opens nothing, and names the key of the packets", () =>
  withScenario(TREE, async (it) => {
    await it.backup();
    const { privateKey } = await generateIdentity({ name: "other", now: new Date() });
    Deno.writeTextFileSync(`${it.directory}/other`, privateKey, { mode: 0o600 });
    const others = await openIdentities([`${it.directory}/other`], () => Promise.resolve(undefined));
    const { packets } = await ask(it);
    const { keys, refused } = await answer(packets, openerOf(others));
    assert.equal(keys.size, 0);
    assert.match(
      refused[0]!.message,
      /No given private key opens this: it is sealed for the key [0-9a-f]{16}/,
    );
  }));

Deno.test("text that is not a request or an answer is refused, and no session key is printed", () =>
  withScenario(TREE, async (it) => {
    await it.backup();
    const { answered, requests: [request] } = await rounds(it, withIdentities(it));
    const text = encodeAnswer(answered.plan, answered.keys);
    const [, key] = /9:([0-9A-F]+)/.exec(text)!;
    for (
      const bad of [
        "",
        "{}",
        "x\n",
        text.replace("9:", "7:"),
        text.replace(key!, key!.slice(2)),
        text.replace("hosts", "host"),
      ]
    ) {
      assert.throws(
        () => decodeAnswer(bad, "f"),
        (error) => error instanceof Misuse && !error.message.includes(key!.slice(2)),
      );
    }
    for (const bad of ["", text, request!.replace(/ [^ ]+\n$/, " !\n")]) {
      assert.throws(() => decodeRequest(bad, "f"), Misuse);
    }
  }));
