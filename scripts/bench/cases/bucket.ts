import { ADMIN, makeAdmin, makeBucket } from "../../rgw/accounts.ts";
import { down, freePorts, up } from "../../rgw/cluster.ts";
import { type Bench, bodyOf, job, type Outcome, sizeOf, sizeText } from "../case.ts";
import type { Contender } from "../contender.ts";
import { quoted } from "../shell.ts";
import { missing } from "../tools.ts";
import { firstBackup, writeConfig } from "../tools/nightdrop.ts";
import { pipelineTo } from "../tools/pipelines.ts";
import type { Workshop } from "../workshop.ts";

/** The gateway on loopback: what takes cores of its own beside the contenders. */
interface Gateway {
  readonly endpoint: string;
  /** A new one, with an empty bucket: what the last one held in memory is gone. */
  start(): Promise<void>;
}

/** A first backup to a bucket, beside the same to a directory, and beside the best pipeline to a bucket. */
export async function intoBucket(bench: Bench, tree: string): Promise<Outcome> {
  const title = `to Ceph RGW on the same machine: ${sizeText(await sizeOf(tree))}`;
  const lacks = await missing(["radosgw", "openssl"]);
  if (lacks.length > 0) return { title, body: bodyOf([], lacks) };
  const left = (await missing(["aws"])).map((line) => `Left out: aws s3 cp (${line})`);
  const directory = `${bench.workshop.scratch}/rgw`;
  try {
    const gateway = gatewayIn(directory);
    const rivals = left.length > 0 ? [] : [pipeline(bench.workshop, tree, gateway)];
    const contenders = [...await ours(bench.workshop, tree, gateway), ...rivals];
    return { title, body: bodyOf([await job(bench, "first backup", contenders)], left) };
  } finally {
    down(directory);
  }
}

function gatewayIn(directory: string): Gateway {
  const ports = freePorts();
  return {
    endpoint: `http://127.0.0.1:${ports.http}`,
    start: async () => {
      const cluster = await up(directory, ports);
      await makeAdmin(cluster);
      await makeBucket(cluster, BUCKET);
    },
  };
}

const BUCKET = "bench";

async function ours(workshop: Workshop, tree: string, gateway: Gateway): Promise<Contender[]> {
  const { endpoint } = gateway;
  const directory = `${workshop.directory}/nightdrop/store`;
  const [toBucket, toDirectory] = [
    await writeConfig(workshop, "bucket", tree, {
      kind: "s3",
      bucket: BUCKET,
      region: "us-east-1",
      endpoint,
    }),
    await writeConfig(workshop, "directory", tree, { kind: "directory", path: directory }),
  ];
  const { name, prepare, script } = firstBackup("nightdrop, to the bucket", workshop, toBucket, directory);
  return [
    { name, prepare: () => Promise.all([prepare?.(), gateway.start()]), script: `${KEYS}; ${script}` },
    firstBackup("nightdrop, to a directory", workshop, toDirectory, directory),
  ];
}

const KEYS = `export AWS_ACCESS_KEY_ID=${ADMIN.accessKeyId} AWS_SECRET_ACCESS_KEY=${
  quoted(ADMIN.secretAccessKey)
}`;

function pipeline(workshop: Workshop, tree: string, { endpoint, start }: Gateway): Contender {
  // This server takes no checksum behind a stream of unknown length, which newer versions would send.
  const settings = "export AWS_REGION=us-east-1 AWS_REQUEST_CHECKSUM_CALCULATION=when_required";
  const upload = `aws --endpoint-url ${endpoint} s3 cp --only-show-errors - s3://${BUCKET}/backup`;
  return {
    name: "tar | zstd -3 -T2 | gpg -z0 | aws s3 cp -",
    prepare: start,
    script: `${KEYS}; ${settings}\n${pipelineTo(workshop, tree, upload)}`,
  };
}
