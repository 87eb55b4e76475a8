/** `expire` as a command: what it prints, and where it refuses to run. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { pastBackup } from "../support/past_backup.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { HOST, withSetup } from "../support/setup.ts";

Deno.test("expire runs beside the directory, not on the host, and removes old snapshots with --apply", () =>
  withSetup(async (at) => {
    const call = async (code: number, ...args: string[]): Promise<{ text: string; stderr: string }> => {
      const ran = await nightdrop(args, { cwd: at });
      assert.equal(ran.code, code, `${args.join(" ")}: ${ran.text}${ran.stderr}`);
      return ran;
    };
    const first = await pastBackup(`${at}/backup.config.ts`, HOST, 62);
    await pinSigner(at);
    await call(0, "backup", "--host", HOST, "--full");
    const snapshots = (): string[] => [...Deno.readDirSync(`${at}/store/${HOST}`)].map(({ name }) => name);
    const second = snapshots().find((it) => it !== first);
    const refused = await call(2, "expire", HOST, "--apply");
    assert.match(refused.stderr, /this machine makes its backups[^]*--on-host/);
    Deno.renameSync(`${at}/state`, `${at}/state of the host`);
    const planned = await call(0, "expire", HOST);
    assert.match(planned.text, new RegExp(`^would remove ${HOST}/${first}: 3 objects of`));
    assert.match(planned.text, /would remove 1 snapshot, 3 objects of .*; 1 snapshot kept\n$/);
    assert.match(planned.stderr, /Nothing was removed\. Run `.* expire .* --apply`/);
    assert.deepEqual(snapshots().sort(), [first, second]);
    const applied = jsonLines((await call(0, "expire", HOST, "--apply", "--json")).text);
    assert.deepEqual(applied.map(({ event, applied }) => [event, applied]), [
      ["expired", true],
      ["expiry", true],
    ]);
    assert.deepEqual(snapshots(), [second]);
    await call(0, "verify");
  }));

Deno.test("expire refuses a bucket, which removes objects by itself", () =>
  withSetup(async (at) => {
    const file = `${at}/backup.config.ts`;
    const bucket = '{ kind: "s3", bucket: "backups", region: "r" }';
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace(/\{ kind: "directory".*?\}/, bucket));
    const ran = await nightdrop(["expire", HOST], { cwd: at });
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /its store is a bucket/);
  }));
