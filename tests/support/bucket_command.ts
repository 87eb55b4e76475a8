import type { Scenario } from "./scenario.ts";
import type { TestBucket } from "./rgw.ts";

/** How a command is started with a config for one host and the host's credentials. */
export interface BucketCommand {
  /** Arguments of Deno, up to the name of the command. */
  readonly deno: readonly string[];
  /** The config file. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Writes a config for `web1.example.org`, whose store is a bucket of this name on the real server. */
export async function bucketCommand(
  { directory, host: { recipients } }: Pick<Scenario, "directory" | "host">,
  endpoint: string,
  name: string,
  { host: { credentials } }: TestBucket,
): Promise<BucketCommand> {
  const content = {
    recipients,
    store: { kind: "s3", bucket: name, region: "us-east-1", endpoint },
    retention: { days: 30 },
    hosts: { "web1.example.org": { paths: ["/etc"] } },
  };
  const config = `${directory}/config.ts`;
  await Deno.writeTextFile(config, `export default ${JSON.stringify(content)};`);
  const sandbox = [
    "--allow-read",
    "--allow-env",
    "--allow-sys=hostname,systemMemoryInfo,uid",
    "--allow-net=127.0.0.1",
  ];
  const program = new URL("../../mod.ts", import.meta.url).pathname;
  return {
    deno: ["run", "--quiet", "--no-prompt", ...sandbox, program],
    config,
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey.reveal(),
    },
  };
}
