/** Files of any size into a bucket, by a host that can put and nothing else. `sha256sum` and gpg say what is right. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { upload, type Uploaded, type UploadRequest } from "../../lib/upload/upload.ts";
import { s3MultipartWriter } from "../../lib/store/s3/multipart.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { content, rejects } from "../store/checks.ts";
import { directory } from "../source/tree.ts";
import { withReader } from "../store/closed_clients.ts";
import { bucketCommand } from "../support/bucket_command.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { type Fault, seeded, type Weather, withFaultProxy } from "../support/fault_proxy.ts";
import { bash, has, must, run } from "../support/foreign.ts";
import { newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { putOnlyInParts } from "../../scripts/rgw/policy.ts";

/** The least that S3 and RGW take. */
const PART = 5 * 1024 * 1024;

function hostOf(scenario: Scenario, options: S3Options): Host {
  const { bucket, region, endpoint } = options;
  const more = { prefix: "", storageClass: undefined, objectLock: undefined, credentials: { env: "HOST" } };
  return {
    ...scenario.host,
    partSize: PART,
    store: { kind: "s3", bucket, region, endpoint, vault: undefined, ...more },
  };
}

function uploadTo(
  { host: options, name }: TestBucket,
  scenario: Scenario,
  file: string,
  more: Partial<UploadRequest> = {},
): Promise<Uploaded> {
  const env = (variable: string): string | undefined =>
    ({
      HOST_ACCESS_KEY_ID: options.credentials.accessKeyId,
      HOST_SECRET_ACCESS_KEY: options.credentials.secretAccessKey.reveal(),
    })[variable];
  const request = { host: hostOf(scenario, options), bucket: name, prefix: "", sealed: false, ...more };
  return upload(request, file, env, scenario.run);
}

/** What is stored, by name. */
async function stored({ trusted }: TestBucket): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  await withReader(trusted, async (reader) => {
    for await (const { name, size } of reader.list("")) {
      objects.set(name, await reader.get(name, { maxBytes: size }));
    }
  });
  return objects;
}

for (const size of [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1]) {
  rgwTest(
    `a file of ${size} bytes is stored under its SHA-256, and a second time it is there already`,
    async (rgw) => {
      const bucket = await newBucket(rgw, "plain", putOnlyInParts);
      await withScenario(directory({}), async (scenario) => {
        const file = `${scenario.directory}/.a file+é`;
        await Deno.writeFile(file, content(size));
        const uploaded = await uploadTo(bucket, scenario, file);
        const [digest] = (await must("sha256sum", [file])).text.split(" ");
        assert.deepEqual(uploaded, { file, objects: [`${digest}-.a file+é`], bytes: size, existed: false });
        const objects = await stored(bucket);
        assert.deepEqual([...objects.keys()], uploaded.objects);
        await Deno.writeFile(`${scenario.directory}/back`, objects.get(uploaded.objects[0]!)!);
        assert.equal((await must("sha256sum", [`${scenario.directory}/back`])).text.split(" ")[0], digest);
        const again = await uploadTo(bucket, scenario, file);
        // RGW 16.2 does not look at If-None-Match where an upload of parts is completed.
        assert.deepEqual(again, { ...uploaded, existed: size <= PART });
      });
    },
  );
}

for (const size of [0, 1, PART + 100_000]) {
  rgwTest(`a file of ${size} bytes that was sealed is opened with cat, gpg and zstd`, async (rgw) => {
    if (!["gpg", "zstd"].every(has) && !Deno.env.get("CI")) return; // there a missing one is a failure
    const bucket = await newBucket(rgw, "plain", putOnlyInParts);
    await withScenario(directory({}), async (scenario) => {
      const file = `${scenario.directory}/dump.sql`;
      await Deno.writeFile(file, content(size));
      const { objects, bytes } = await uploadTo(bucket, scenario, file, { sealed: true, prefix: "dumps" });
      assert.equal(bytes, size);
      assert.equal(objects.length, size > PART ? 2 : 1);
      const found = await stored(bucket);
      assert.deepEqual([...found.keys()], objects.map((name) => `dumps/${name}`));
      for (const [at, [name, sealed]] of [...found].entries()) {
        await Deno.writeFile(`${scenario.directory}/part.${at}`, sealed);
        const [digest] = (await must("sha256sum", [`${scenario.directory}/part.${at}`])).text.split(" ");
        assert.match(
          name,
          new RegExp(
            `^dumps/upload-\\d{8}T\\d{6}Z-[0-9a-f]{16}/00000${at}-${digest}-dump\\.sql\\.zst\\.gpg$`,
          ),
        );
        if (size > 1000) assert.equal(indexOf(sealed, content(size).subarray(0, 64)), -1);
      }
      await opened(scenario);
      assert.deepEqual(await Deno.readFile(`${scenario.directory}/opened`), content(size));
    });
  });
}

rgwTest(
  "a host that may not upload in parts gets a hint, and leaves nothing behind",
  async (rgw) => {
    const bucket = await newBucket(rgw);
    await withScenario(directory({}), async (scenario) => {
      const file = `${scenario.directory}/large`;
      await Deno.writeFile(file, content(PART + 1));
      await assert.rejects(uploadTo(bucket, scenario, file), { name: "Failure", hint: /--sealed/ });
      assert.deepEqual(scenario.events.filter(({ event }) => event === "warning"), []);
      assert.equal((await uploadTo(bucket, scenario, file, { sealed: true })).objects.length, 2);
    });
  },
);

/** Opens the parts as somebody without nightdrop would. */
async function opened({ directory, privateFile }: Scenario): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "ndg-" });
  try {
    await bash(
      `gpg -q --batch --import "${privateFile}"
       cat "${directory}"/part.* | gpg -q --batch -d | zstd -q -d > "${directory}/opened"`,
      { env: { GNUPGHOME: home } },
    );
  } finally {
    await must("gpgconf", ["--homedir", home, "--kill", "all"]);
    await Deno.remove(home, { recursive: true });
  }
}

function indexOf(bytes: Uint8Array, piece: Uint8Array): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(new TextDecoder("latin1").decode(piece));
}

rgwTest(
  "a large file that changes during its upload becomes no object, and the incomplete upload is reported",
  async (rgw) => {
    const bucket = await newBucket(rgw, "plain", putOnlyInParts);
    await withScenario(directory({}), async (scenario) => {
      const file = `${scenario.directory}/log`;
      await Deno.writeFile(file, content(2 * PART));
      const report: Scenario["run"]["report"] = (event) => {
        scenario.run.report(event);
        if (event.event === "progress") Deno.writeFileSync(file, new Uint8Array([1]), { append: true });
      };
      const changing = { ...scenario, run: { ...scenario.run, report } };
      await assert.rejects(uploadTo(bucket, changing, file), /changed while it was uploaded/);
      assert.ok(
        scenario.events.some((it) =>
          it.event === "warning" && /AbortIncompleteMultipartUpload/.test(it.text)
        ),
      );
      assert.equal((await stored(bucket)).size, 0);
    });
  },
);

rgwTest("a file that cannot be uploaded is reported before anything is sent", async (rgw) => {
  const bucket = await newBucket(rgw, "plain", putOnlyInParts);
  await withScenario(directory({}), async (scenario) => {
    const long = `${scenario.directory}/${"n".repeat(200)}`;
    await Deno.writeFile(long, content(1));
    for (const file of [scenario.directory, `${scenario.directory}/gone`, long]) {
      await assert.rejects(uploadTo(bucket, scenario, file), Misuse);
    }
    await Deno.writeFile(`${scenario.directory}/a`, content(1));
    for (const more of [{ bucket: "A" }, { prefix: "../a" }, { prefix: "a//b" }, { host: scenario.host }]) {
      await assert.rejects(uploadTo(bucket, scenario, `${scenario.directory}/a`, more), Misuse);
    }
    assert.equal((await stored(bucket)).size, 0);
  });
});

/** Puts two parts as one object through `weather`. */
async function putLarge(bucket: TestBucket, weather: Weather, name: string): Promise<void> {
  const retries = { sleep: () => Promise.resolve() };
  await withFaultProxy(bucket.host.endpoint!, weather, async (endpoint) => {
    const writer = s3MultipartWriter({ ...bucket.host, endpoint, timeouts: { idle: 1000 } }, retries);
    try {
      const begun = await writer.begin(name);
      await begun.put(content(PART));
      await begun.put(content(1000));
      await begun.complete();
    } finally {
      writer.close();
    }
  });
}

/** Faults that are over at once: time-outs of parts this large would take minutes. */
const QUICK: Fault[] = [
  "500 InternalError",
  "503 SlowDown",
  "200 with an error inside",
  "200 of another server",
  "reset at once",
  "reset within the body",
  "reset behind the body",
  "a bit flipped on the way",
  "done, and the answer lost",
  "done, and 500 said",
];

for (const fault of QUICK) {
  rgwTest(`parts and their completion survive "${fault}"`, async (rgw) => {
    const bucket = await newBucket(rgw, "plain", putOnlyInParts);
    // The first request, the second part and the completion meet it, and each is asked once more.
    const luck = [0.4, 0.4, 0.9, 0.9, 0.4, 0.4, 0.9, 0.4, 0.4, 0.9];
    const reported: string[] = [];
    const report = (fault: string): void => void reported.push(fault);
    await putLarge(
      bucket,
      { rate: 0.5, random: () => luck.shift() ?? 0.9, faults: [fault], report },
      "large",
    );
    // The request that begins an upload has no body in which a bit could flip.
    assert.ok(reported.length >= (fault === "a bit flipped on the way" ? 2 : 3), String(reported.length));
    const expected = new Uint8Array(PART + 1000);
    expected.set(content(PART));
    expected.set(content(1000), PART);
    assert.deepEqual((await stored(bucket)).get("large"), expected);
  });
}

rgwTest("large objects are complete despite faults of all kinds", async (rgw) => {
  const bucket = await newBucket(rgw, "plain", putOnlyInParts);
  for (let run = 0; run < 5; run++) {
    await putLarge(bucket, { rate: 0.3, random: seeded(run), faults: QUICK }, `large-${run}`);
  }
  const objects = await stored(bucket);
  assert.equal(objects.size, 5);
  for (const bytes of objects.values()) assert.deepEqual(bytes.subarray(PART), content(1000));
});

rgwTest("credentials that cannot put begin nothing", async (rgw) => {
  const { trusted } = await newBucket(rgw, "plain", putOnlyInParts);
  const writer = s3MultipartWriter(trusted);
  await rejects(writer.begin("a"), "denied").finally(() => writer.close());
});

rgwTest("the command stores each file and prints its name", async (rgw) => {
  const bucket = await newBucket(rgw, "plain", putOnlyInParts);
  await withScenario(directory({}), async (scenario) => {
    const { directory } = scenario;
    for (const name of ["a", "b"]) await Deno.writeTextFile(`${directory}/${name}`, name);
    const { deno, config, env } = await bucketCommand(scenario, rgw.endpoint, "elsewhere", bucket);
    const args = [...deno, "upload", "--config", config, "--host", "web1"];
    const { text } = await must(
      Deno.execPath(),
      [...args, `${bucket.name}/in`, `${directory}/a`, `${directory}/b`],
      { env },
    );
    assert.match(text, /^Stored: .*\/a: 1 B as [0-9a-f]{64}-a\nStored: .*\/b: 1 B as [0-9a-f]{64}-b\n$/);
    assert.equal((await stored(bucket)).size, 2);
    const failed = await run(Deno.execPath(), [...args, bucket.name, `${directory}/c`], { env });
    assert.equal(failed.code, 2);
  });
});
