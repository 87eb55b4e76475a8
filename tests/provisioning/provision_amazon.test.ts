/** What `provision` asks of Amazon, held against what the manuals say. No request of it has gone to Amazon itself. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { forEachHost } from "../../lib/provisioning/fleet.ts";
import { StoreError } from "../../lib/store/contract.ts";
import type { Provisioned } from "../../lib/provisioning/provision.ts";
import { amazonTest, body, changes, config } from "../support/amazon_host.ts";
import { states } from "../support/vault.ts";

amazonTest(
  "provision creates each setting once and in order, and repeats nothing",
  async (amazon, desk, host) => {
    await desk.provision(host);
    assert.deepEqual(changes(amazon), [], "a plan changes nothing");
    const done = await desk.provision(host, { apply: true });
    const bucket = "/web1.example.org-backups";
    assert.deepEqual(changes(amazon), [
      `PUT ${bucket}`,
      `PUT ${bucket}?versioning`,
      `PUT ${bucket}?lifecycle`,
      `PUT ${bucket}?policy`,
      `PUT ${bucket}?tagging`,
      "IAM CreateUser",
      "IAM PutUserPolicy",
      `PUT ${bucket}/nightdrop-probe`,
      "IAM CreateAccessKey",
    ]);
    assert.match(body(amazon, `PUT ${bucket}`), /<LocationConstraint>eu-central-1<\/LocationConstraint>/);
    assert.match(body(amazon, `PUT ${bucket}?versioning`), /<Status>Enabled<\/Status>/);
    const rules = body(amazon, `PUT ${bucket}?lifecycle`);
    assert.match(rules, /<Expiration><Days>61<\/Days><\/Expiration>/);
    assert.match(rules, /<NoncurrentDays>1<\/NoncurrentDays>/);
    assert.match(rules, /<DaysAfterInitiation>7<\/DaysAfterInitiation>/);
    assert.match(
      rules,
      /<Expiration><ExpiredObjectDeleteMarker>true<\/ExpiredObjectDeleteMarker><\/Expiration>/,
    );
    assert.equal(done.dialect, "amazon");

    amazon.asked.length = 0;
    const again = await desk.provision(host, { apply: true });
    assert.deepEqual(changes(amazon), [`PUT ${bucket}/nightdrop-probe`], "and that can never be stored");
    assert.deepEqual([again.kit, again.steps.filter(({ made }) => made)], [[], []]);
  },
);

amazonTest("the host can put objects into its directory and nothing else", async (amazon, desk) => {
  const [host] = desk.hosts(config(amazon, { web1: { paths: ["/etc"] } }, { prefix: "all/{host}" }));
  await desk.provision(host!, { apply: true });
  const { form } = amazon.asked.find(({ call }) => call === "IAM PutUserPolicy")!;
  assert.deepEqual([form.UserName, form.PolicyName], ["nightdrop-web1", "nightdrop"]);
  assert.deepEqual(JSON.parse(form.PolicyDocument!), {
    Version: "2012-10-17",
    Statement: [{
      Sid: "NightdropPut",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::web1-backups/all/web1/*",
    }],
  });
});

amazonTest(
  "the bucket refuses puts that overwrite, and dangerous headers",
  async (amazon, desk, host) => {
    await desk.provision(host, { apply: true });
    const { Statement } = JSON.parse(body(amazon, "PUT /web1.example.org-backups?policy"));
    const createOnly = Statement.find(({ Sid }: { Sid: string }) => Sid === "NightdropCreateOnly");
    assert.deepEqual(createOnly, {
      Sid: "NightdropCreateOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::web1.example.org-backups/*",
      Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
    });
    const headers = Statement.flatMap(({ Condition }: { Condition: { Null: object } }) =>
      Object.keys(Condition.Null)
    );
    for (
      const header of ["server-side-encryption-customer-algorithm", "acl", "grant-read", "grant-full-control"]
    ) {
      assert.ok(headers.includes(`s3:x-amz-${header}`), header);
    }
    for (const header of ["RequestObjectTagKeys", "object-lock-mode", "object-lock-legal-hold"]) {
      assert.ok(headers.includes(`s3:${header}`), header);
    }
  },
);

amazonTest(
  "Object Lock is set when the bucket is created and lasts as long as its objects",
  async (amazon, desk) => {
    const store = { objectLock: { mode: "compliance" } };
    const [host] = desk.hosts(config(amazon, { web1: { paths: ["/etc"] } }, store));
    await desk.provision(host!, { apply: true });
    const made = amazon.asked.find(({ call }) => call === "PUT /web1-backups")!;
    assert.equal(made.headers.get("x-amz-bucket-object-lock-enabled"), "true");
    assert.match(
      body(amazon, "PUT /web1-backups?object-lock"),
      /<DefaultRetention><Mode>COMPLIANCE<\/Mode><Days>61<\/Days><\/DefaultRetention>/,
    );
    assert.equal(states(await desk.provision(host!))["object lock"], "good");
  },
);

amazonTest("an interrupted run continues where it stopped", async (amazon, desk, host) => {
  amazon.denied.add("IAM PutUserPolicy");
  const refused = (error: unknown): boolean => error instanceof StoreError && error.kind === "denied";
  await assert.rejects(desk.provision(host, { apply: true }), refused);
  amazon.denied.clear();
  amazon.asked.length = 0;
  await desk.provision(host, { apply: true });
  assert.deepEqual(changes(amazon).filter((call) => call.startsWith("IAM")), [
    "IAM PutUserPolicy",
    "IAM CreateAccessKey",
  ]);
});

amazonTest("other permissions of a user are reported and not removed", async (amazon, desk, host) => {
  await desk.provision(host, { apply: true });
  amazon.users.get("nightdrop-web1.example.org")!.attached.push("AdministratorAccess");
  const found = (await desk.provision(host)).steps.find(({ name }) => name === "other policies")!;
  assert.deepEqual(found.before, { state: "different", found: "AdministratorAccess" });
  await assert.rejects(desk.provision(host, { apply: true }), /has other policies: AdministratorAccess/);
});

amazonTest("changed bucket settings are found and corrected", async (amazon, desk, host) => {
  await desk.provision(host, { apply: true });
  const bucket = amazon.buckets.get("web1.example.org-backups")!;
  const other =
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
  bucket.set("publicAccessBlock", other);
  bucket.set("versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
  bucket.delete("encryption");
  const drift = states(await desk.provision(host));
  assert.deepEqual([drift["public access"], drift.versioning, drift.encryption], [
    "different",
    "different",
    "missing",
  ]);
  const made = states(await desk.provision(host, { apply: true }));
  assert.deepEqual([made["public access"], made.versioning, made.encryption], ["made", "made", "made"]);
});

amazonTest(
  "a foreign lifecycle rule that expires earlier is named, not removed",
  async (amazon, desk, host) => {
    await desk.provision(host, { apply: true });
    const bucket = amazon.buckets.get("web1.example.org-backups")!;
    const rule =
      "<Rule><ID>tidy up</ID><Status>Enabled</Status><Filter><Prefix/></Filter><Expiration><Days>3</Days>" +
      "</Expiration></Rule>";
    bucket.set("lifecycle", bucket.get("lifecycle")!.replace("</LifecycleConfiguration>", `${rule}$&`));
    assert.match(
      JSON.stringify((await desk.provision(host)).steps),
      /the rule \\"tidy up\\" removes objects earlier/,
    );
    await assert.rejects(desk.provision(host, { apply: true }), /"tidy up" .* removes objects earlier/);
  },
);

amazonTest("a kit does not name other hosts of the fleet", async (amazon, desk) => {
  const hosts = desk.hosts(config(amazon, {
    "web1.example.org": { paths: ["/etc"] },
    "secret-db.example.org": { paths: ["/srv/ledger"] },
  }));
  await desk.provision(hosts[0]!, { apply: true });
  for (const name of ["backup.config.ts", "README", "crontab", "credentials"]) {
    const text = Deno.readTextFileSync(`${desk.kit(hosts[0]!)}/${name}`);
    assert.doesNotMatch(text, /secret-db|ledger/, name);
    assert.ok(!text.includes(desk.directory), `${name} does not tell where the owner keeps his things`);
  }
  const note = Deno.readTextFileSync(`${desk.kit(hosts[0]!)}/README`);
  assert.deepEqual(
    [...note.matchAll(/\/opt\/nightdrop\/nightdrop (\w+) --config/g)].map(([, name]) => name),
    [
      "permissions",
      "backup",
      "schedule",
    ],
  );
  assert.doesNotMatch(note, /deno task/, "the crontab alone starts Deno itself");
});

amazonTest(
  "a fleet of a thousand hosts is provisioned, and one failure does not stop the others",
  async (amazon, desk) => {
    const names = Array.from({ length: 1000 }, (_, at) => `host${at}.example.org`);
    const hosts = desk.hosts(
      config(amazon, Object.fromEntries(names.map((name) => [name, { paths: ["/etc"] }]))),
    );
    amazon.denied.add("PUT /host7.example.org-backups");
    const done: Provisioned[] = [];
    const failed: string[] = [];
    const work = async (host: Host): Promise<void> => {
      try {
        done.push(
          await desk.provision(host, { apply: host.name < "host1" || host.name.startsWith("host7") }),
        );
      } catch {
        failed.push(host.name);
      }
    };
    await forEachHost(hosts, work, desk.run.signal);
    assert.deepEqual([done.length, failed], [999, ["host7.example.org"]]);
  },
);
