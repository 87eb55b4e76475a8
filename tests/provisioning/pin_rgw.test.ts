/** Pins in a bucket of a real server, and what is removed there. */
import assert from "node:assert/strict";
import { pin, unpin } from "../../lib/provisioning/pin.ts";
import { pinsOf } from "../../lib/snapshots/pins.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import { directoryRemover } from "../../lib/store/directory/remover.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import { s3Remover } from "../../lib/store/s3/remover.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { restore } from "../../lib/restore/restore.ts";
import { assertSameTree } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { withLife } from "../support/life.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { sampleTree } from "../support/sample_tree.ts";

for (const kind of ["plain", "versioned"] as const) {
  rgwTest(
    `a pin is copied to a ${kind} bucket, restored from there and from a directory, and removed`,
    (rgw) =>
      withLife(sampleTree(), async (life) => {
        const { admin, trusted } = await newBucket(rgw, kind);
        await life.backup();
        Deno.writeTextFileSync(`${life.source}/new`, "1");
        const { snapshot: id } = await life.backup();
        const copy = await life.copy();
        const path = `${life.directory}/pins`;
        Deno.mkdirSync(path);
        const stores = {
          bucket: { reader: s3Reader(trusted), writer: s3Writer(admin), remover: s3Remover(admin) },
          directory: {
            reader: directoryReader(path),
            writer: directoryWriter(path),
            remover: directoryRemover(path),
          },
        };
        const { signal } = life.run;
        let from = life.store.reader;
        for (const [name, to] of Object.entries(stores)) {
          const snapshot = await findSnapshot(from, life.host, id, { signal, damaged: () => {} });
          const { copied, existed } = await pin(snapshot, from, to, { label: name, until: null }, life.run);
          assert.equal(existed, 0);
          const again = await pin(snapshot, from, to, { label: name, until: null }, life.run);
          assert.deepEqual([again.copied, again.existed], [0, copied]);
          const found = await findSnapshot(to.reader, life.host, id, { signal, damaged: () => {} });
          const target = `${life.directory}/from ${name}`;
          const what = { globs: [], target, overwrite: false, jobs: 1 };
          assert.equal((await restore(found, to.reader, life.identities, what, life.run)).lost, 0);
          assertSameTree(restoredSource(life, target), copy);
          from = to.reader;
        }
        for (const to of Object.values(stores)) {
          const [record] = await pinsOf(to.reader, life.host.name, signal);
          const { objects, bytes } = await unpin(to, record!, signal);
          assert.ok(objects > 3 && bytes > 0);
          assert.deepEqual(await Array.fromAsync(to.reader.list("")), []);
        }
        for (const it of Object.values(stores.bucket)) it.close();
      }, { attributes: false }),
  );
}
