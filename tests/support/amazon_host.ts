/** Hosts at the server that answers like Amazon's manuals. */
import type { Host } from "../../lib/config/types.ts";
import { type Amazon, withAmazon } from "./amazon.ts";
import { type Desk, withDesk } from "./vault.ts";

const KEYS = { accessKeyId: "OWNER", secretAccessKey: "of-the-owner" };
const REGION = "eu-central-1";

/** Registers a test with one host at such a server, and the owner's desk. */
export function amazonTest(
  name: string,
  body: (amazon: Amazon, desk: Desk, host: Host) => Promise<void>,
): void {
  Deno.test(name, () =>
    withAmazon((amazon) =>
      withDesk(async (desk) => {
        const [host] = desk.hosts(config(amazon, { "web1.example.org": { paths: ["/etc"] } }));
        await body(amazon, desk, host!);
      }, KEYS)
    ));
}

/** A config with these hosts, whose stores are there. */
export function config(
  { endpoint }: Amazon,
  hosts: Record<string, object>,
  store: object = {},
): Parameters<Desk["hosts"]>[0] {
  return {
    store: { kind: "s3", bucket: "{host}-backups", region: REGION, endpoint, ...store },
    retention: { days: 30 },
    hosts,
  } as Parameters<Desk["hosts"]>[0];
}

/** Returns the calls that change something, in order. */
export function changes({ asked }: Amazon): string[] {
  return asked.map(({ call }) => call).filter((call) => !/^(GET|HEAD)|^IAM (Get|List)/.test(call));
}

/** Returns the body of a call. */
export function body({ asked }: Amazon, call: string): string {
  return asked.find((it) => it.call === call)!.body;
}
