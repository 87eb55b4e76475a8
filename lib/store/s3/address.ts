import { isIPv6 } from "node:net";
import { PutObjectCommand, type PutObjectCommandOutput } from "@aws-sdk/client-s3";
import { Secret } from "../../model/secret.ts";
import { s3Client } from "./client.ts";
import type { S3Options } from "./options.ts";

/** Part of a request that determines its address. */
interface Addressed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

/**
 * Returns the `host:port` that all requests about a bucket go to: that of the server or of a proxy. It sends
 * no request, and needs no credentials.
 */
export async function s3Address(
  { region, endpoint, bucket, proxies }: Pick<S3Options, "region" | "endpoint" | "bucket" | "proxies">,
): Promise<string> {
  const credentials = { accessKeyId: "none", secretAccessKey: new Secret("none") };
  const client = s3Client({ region, endpoint, credentials }, 0);
  try {
    let found: unknown;
    // The SDK knows the names of Amazon's servers in each partition. The request that it builds is not sent.
    client.middlewareStack.add(() => ({ request }) => {
      found = request;
      return Promise.resolve({ response: undefined, output: NO_ANSWER });
    }, { step: "build", priority: "low", name: "nightdropAddress" });
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "address" }));
    const { protocol, hostname, port = protocol === "http:" ? 80 : 443 } = found as Addressed;
    const proxy = proxies?.(protocol === "https:", hostname, port);
    return proxy === undefined ? hostAndPort(hostname, port) : hostAndPort(proxy.host, proxy.port);
  } finally {
    client.destroy();
  }
}

const NO_ANSWER: PutObjectCommandOutput = { $metadata: {} };

function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
