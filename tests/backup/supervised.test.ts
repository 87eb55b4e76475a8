import assert from "node:assert/strict";
import { supervisedBackup, type SupervisedOptions } from "../../lib/backup/supervised.ts";
import { type BackupResult, hostState } from "../../lib/backup/backup.ts";
import type { Command } from "../../lib/config/settings.ts";
import type { Host, Notify } from "../../lib/config/types.ts";
import type { Event } from "../../lib/app/events.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Failure, Interrupted, Locked, Misuse } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { directory, file } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { withListener } from "../support/listener.ts";

const TREE = directory({ a: file("secret words") });
const NOTHING: SupervisedOptions = { environment: () => undefined };

/** Runs a backup that is attended, of a host with some changes. */
function attended(
  scenario: Scenario,
  changes: Partial<Host>,
  options: SupervisedOptions = NOTHING,
  signal: AbortSignal = scenario.run.signal,
): Promise<BackupResult> {
  return supervisedBackup({ ...scenario.host, ...changes }, options, { ...scenario.run, signal });
}

/** Hooks that write what they find in their environment to a file each, and may fail. */
function hooks(
  scenario: Scenario,
  scripts: Partial<Record<"before" | "after" | "failed" | "finally", string>>,
): Host["hooks"] {
  const command = (name: string, script: string): Command => [
    "sh",
    "-c",
    `env | grep -aE '^(NIGHTDROP_|AWS_SECRET)' | sort > ${scenario.directory}/${name}.env; echo ${name} >> ${scenario.directory}/order; ${script}`,
  ];
  return {
    ...scenario.host.hooks,
    ...Object.fromEntries(Object.entries(scripts).map(([name, script]) => [name, command(name, script)])),
  };
}

const ALL = { before: "", after: "", failed: "", finally: "" };

function order(scenario: Scenario): string[] {
  const at = `${scenario.directory}/order`;
  return exists(at) ? Deno.readTextFileSync(at).trim().split("\n") : [];
}

function environmentOf(scenario: Scenario, hook: string): Record<string, string> {
  const lines = Deno.readTextFileSync(`${scenario.directory}/${hook}.env`).trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

/** What is in the store, which is made by the first put. */
function stored(scenario: Scenario): string[] {
  const place = `${scenario.directory}/store/${scenario.host.name}`;
  if (!exists(place)) return [];
  return [...Deno.readDirSync(place)].flatMap(({ name }) =>
    [...Deno.readDirSync(`${place}/${name}`)].map((it) => it.name)
  );
}

function reported(scenario: Scenario, event: Event["event"]): string[] {
  return scenario.events.flatMap((it) => it.event === event && "text" in it ? [it.text] : []);
}

function notify(url: string, more: Partial<Notify> = {}): Notify {
  return { ping: { url: new Secret(`${url}/hunter2`) }, webhook: undefined, textfile: undefined, ...more };
}

Deno.test("hooks run before and after a backup and get its result", () =>
  withScenario(TREE, async (scenario) => {
    const result = await attended(scenario, { hooks: hooks(scenario, ALL) });
    assert.deepEqual(order(scenario), ["before", "after", "finally"]);
    assert.deepEqual(environmentOf(scenario, "before"), {
      NIGHTDROP_HOOK: "before",
      NIGHTDROP_HOST: scenario.host.name,
    });
    for (const name of ["after", "finally"]) {
      const { NIGHTDROP_SECONDS: seconds, ...others } = environmentOf(scenario, name);
      assert.ok(Number(seconds) >= 0);
      assert.deepEqual(others, {
        NIGHTDROP_HOOK: name,
        NIGHTDROP_HOST: scenario.host.name,
        NIGHTDROP_RESULT: "complete",
        NIGHTDROP_EXIT_CODE: "0",
        NIGHTDROP_WARNINGS: "0",
        NIGHTDROP_SNAPSHOT: result.snapshot,
        NIGHTDROP_ENTRIES: String(result.entries),
        NIGHTDROP_BYTES: String(result.bytes),
        NIGHTDROP_STORED: String(result.stored),
        NIGHTDROP_OBJECTS: String(result.objects),
        NIGHTDROP_UNREAD: "0",
      });
    }
  }));

Deno.test("a hook before that fails stops the run: nothing is stored, and the hooks for that run", () =>
  withScenario(TREE, async (scenario) => {
    await assert.rejects(
      attended(scenario, { hooks: hooks(scenario, { ...ALL, before: "echo no room >&2; exit 5" }) }),
      (error) =>
        error instanceof Failure && !(error instanceof Misuse) &&
        error.message === 'The hook "before" failed: "sh" ended with exit code 5' &&
        error.hint === "Its last lines: no room",
    );
    assert.deepEqual(order(scenario), ["before", "failed", "finally"]);
    const { NIGHTDROP_RESULT, NIGHTDROP_EXIT_CODE, NIGHTDROP_ERROR, NIGHTDROP_SNAPSHOT } = environmentOf(
      scenario,
      "failed",
    );
    assert.deepEqual([NIGHTDROP_RESULT, NIGHTDROP_EXIT_CODE, NIGHTDROP_SNAPSHOT], ["failed", "1", undefined]);
    assert.match(NIGHTDROP_ERROR!, /exit code 5/);
    assert.deepEqual(stored(scenario), []);
    assert.deepEqual(reported(scenario, "output"), ["no room"]);
  }));

Deno.test("failures of hooks after the backup are warnings: the snapshot is stored", () =>
  withScenario(TREE, async (scenario) => {
    const failing = hooks(scenario, { after: "exit 1", finally: "exit 2" });
    assert.equal((await attended(scenario, { hooks: failing })).unread, 0);
    assert.deepEqual(order(scenario), ["after", "finally"]);
    assert.deepEqual(
      reported(scenario, "warning").map((text) => /"(\w+)" failed.*(\d)/.exec(text)?.slice(1)),
      [
        ["after", "1"],
        ["finally", "2"],
      ],
    );
  }));

Deno.test("a hook that does not end is ended", () =>
  withScenario(TREE, async (scenario) => {
    const timeLimit = 200;
    const before: Command = ["sleep", "60"];
    await assert.rejects(
      attended(scenario, { hooks: { ...scenario.host.hooks, before, timeLimit } }),
      /longer than 0\.2 s/,
    );
  }));

Deno.test("no hook gets the secrets that the config finds in the environment", () =>
  withScenario(TREE, async (scenario) => {
    const store: Host["store"] = {
      kind: "s3",
      bucket: "b",
      region: "r",
      endpoint: "http://127.0.0.1:9",
      prefix: "",
      storageClass: undefined,
      objectLock: undefined,
      vault: undefined,
      credentials: { env: "AWS" },
    };
    const before = Deno.env.toObject();
    Deno.env.set("AWS_SECRET_ACCESS_KEY", "hunter2");
    try {
      // There are no credentials by way of the options, so the run fails, behind the first hook.
      await assert.rejects(attended(scenario, { store, hooks: hooks(scenario, { before: "" }) }), Misuse);
    } finally {
      if (before.AWS_SECRET_ACCESS_KEY === undefined) Deno.env.delete("AWS_SECRET_ACCESS_KEY");
      else Deno.env.set("AWS_SECRET_ACCESS_KEY", before.AWS_SECRET_ACCESS_KEY);
    }
    assert.equal(environmentOf(scenario, "before").AWS_SECRET_ACCESS_KEY, undefined);
  }));

Deno.test("a run that finds the lock taken runs no hook and sends no notification", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      using _held = hostState(scenario.host, scenario.run);
      await assert.rejects(attended(scenario, { hooks: hooks(scenario, ALL), notify: notify(url) }), Locked);
      assert.deepEqual([order(scenario), heard], [[], []]);
    })
  ));

Deno.test("the lock is held until the last hook has run", () =>
  withScenario(TREE, async (scenario) => {
    let locked: unknown;
    const report = (event: Event): void => {
      if (event.event !== "output") return;
      try {
        hostState(scenario.host, scenario.run)[Symbol.dispose]();
      } catch (error) {
        locked = error;
      }
    };
    const host = { ...scenario.host, hooks: { ...scenario.host.hooks, finally: ["echo", "now"] } as const };
    await supervisedBackup(host, NOTHING, { ...scenario.run, report });
    assert.ok(locked instanceof Locked);
  }));

Deno.test("a complete backup is pinged at its start and at its end", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const { snapshot } = await attended(scenario, { notify: notify(url) });
      assert.equal(heard.length, 2);
      assert.equal(heard[0], `POST /hunter2/start ${scenario.host.name}: backup starts`);
      const success =
        `^POST /hunter2 ${scenario.host.name}/${snapshot}: complete: exitCode 0, seconds .*, unread 0$`;
      assert.match(heard[1]!, new RegExp(success));
    })
  ));

Deno.test("an incomplete backup and a failed one are pinged as failures, without a name of what was read", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const selection = {
        ...scenario.host.selection,
        paths: [scenario.source, `${scenario.directory}/gone`],
      };
      await attended(scenario, { notify: notify(url), selection });
      assert.match(heard[1]!, /^POST \/hunter2\/fail .*: incomplete: exitCode 3, .*, unread 1$/);
      const before: Command = ["sh", "-c", "echo secret words; exit 1"];
      await assert.rejects(
        attended(scenario, { notify: notify(url), hooks: { ...scenario.host.hooks, before } }),
      );
      assert.match(
        heard[3]!,
        /^POST \/hunter2\/fail .*: failed: exitCode 1, .*error The hook "before" failed/,
      );
      assert.doesNotMatch(heard.join(""), /gone|source|secret words/);
    })
  ));

Deno.test("a webhook gets one JSON object at the start and one at the end", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const environment = (name: string): string | undefined => name === "HOOK" ? `${url}/w` : undefined;
      const only = notify(url, { ping: undefined, webhook: { env: "HOOK" } });
      const { snapshot } = await attended(scenario, { notify: only }, { environment });
      const [start, end] = heard.map((line) => JSON.parse(line.replace(/^POST \/w /, "")));
      assert.deepEqual([start.event, start.host, start.result], ["backup", scenario.host.name, "started"]);
      assert.deepEqual([end.result, end.exitCode, end.snapshot], ["complete", 0, snapshot]);
    })
  ));

Deno.test("notifications that cannot be sent are warnings, and the backup is stored", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const broken = notify(url, {
        webhook: { file: `${scenario.directory}/none` },
        textfile: `${scenario.directory}/no/x.prom`,
      });
      assert.equal((await attended(scenario, { notify: broken })).unread, 0);
      assert.equal(heard.length, 2);
      const warnings = reported(scenario, "warning");
      const whats = warnings.map((text) => /^The (\w+) could not|^Cannot write the (metrics)/.exec(text));
      assert.deepEqual(whats.map((it) => it?.[1] ?? it?.[2]).sort(), [
        "metrics",
        "ping",
        "ping",
        "webhook",
        "webhook",
      ]);
      assert.doesNotMatch(warnings.join(""), /hunter2/);
    }), () => new Response("", { status: 404 })));

Deno.test("the textfile is written for a success, and keeps its time when a run fails", () =>
  withScenario(TREE, async (scenario) => {
    const textfile = `${scenario.directory}/nightdrop.prom`;
    const files = { ping: undefined, webhook: undefined, textfile };
    await attended(scenario, { notify: files });
    const good = Deno.readTextFileSync(textfile);
    assert.match(good, /^nightdrop_last_run_exit_code\{host="web1\.example\.org"\} 0$/m);
    assert.match(
      good,
      new RegExp(
        `^nightdrop_recipient_key_created_.*${scenario.host.recipients[0]!.fingerprint}"} \\d+$`,
        "m",
      ),
    );
    const hook = { ...scenario.host.hooks, before: ["false"] as const, finally: ["false"] as const };
    await assert.rejects(attended(scenario, { notify: files, hooks: hook }));
    const bad = Deno.readTextFileSync(textfile);
    const success = /^nightdrop_last_success_timestamp_seconds\{.*$/m;
    assert.equal(success.exec(bad)?.[0], success.exec(good)![0]);
    assert.match(bad, /^nightdrop_last_run_exit_code\{.*\} 1$/m);
    assert.match(bad, /^nightdrop_last_run_warnings\{.*\} 1$/m);
  }));

Deno.test("a run that exceeds its time limit fails without a snapshot, and notifies all", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const slow = { ...hooks(scenario, ALL), before: ["sleep", "60"] as const };
      await assert.rejects(
        attended(scenario, { hooks: slow, notify: notify(url) }, { ...NOTHING, maxDuration: 300 }),
        (error) => error instanceof Failure && /--max-duration: nothing is stored/.test(error.message),
      );
      assert.deepEqual(order(scenario), ["failed", "finally"]);
      assert.match(heard[1]!, /^POST \/hunter2\/fail .*failed: exitCode 1/);
    })
  ));

Deno.test("the time of a run is over when its snapshot is stored: it does not end the hook behind that", () =>
  withScenario(TREE, async (scenario) => {
    const slow = hooks(scenario, { after: "sleep 4.2; echo done" });
    assert.equal((await attended(scenario, { hooks: slow }, { ...NOTHING, maxDuration: 4000 })).unread, 0);
    assert.deepEqual(reported(scenario, "output"), ["done"]);
    assert.deepEqual(reported(scenario, "warning"), []);
  }));

Deno.test("an interrupted run still cleans up and notifies", () =>
  withListener(({ url, heard }) =>
    withScenario(TREE, async (scenario) => {
      const controller = new AbortController();
      const report = (event: Event): void => {
        if (event.event === "output") controller.abort(new Interrupted());
      };
      const before: Command = ["sh", "-c", "echo ready; exec sleep 60"];
      const host = { ...scenario.host, notify: notify(url), hooks: { ...hooks(scenario, ALL), before } };
      const run = { ...scenario.run, report, signal: controller.signal };
      await assert.rejects(supervisedBackup(host, NOTHING, run), Interrupted);
      assert.deepEqual(order(scenario), ["failed", "finally"]);
      assert.equal(environmentOf(scenario, "finally").NIGHTDROP_EXIT_CODE, "130");
      assert.match(heard[1]!, /^POST \/hunter2\/fail .*interrupted: exitCode 130/);
    })
  ));
