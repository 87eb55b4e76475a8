/** Requests of probes that need more than the SDK gives. */
import type {
  DeleteObjectsCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { KEPT, type ProbeTarget } from "./probe.ts";

/** Adds the MD5 of the body, which some servers require. The SDK adds another checksum. */
export function addMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add((next) => (args) => {
    const { headers, body } = args.request as { headers: Record<string, string>; body: string };
    headers["content-md5"] = createHash("md5").update(body).digest("base64");
    return next(args);
  }, { step: "build", name: "addMd5" });
}

/**
 * Sends a request that changes the lock of an object. OpenStack Swift has no locks: it stores the body of such a request as the
 * object, and answers with an ETag.
 *
 * @returns KEPT if a server did so, and the object stays as an older version.
 */
export async function unlessPlain(
  { s3 }: ProbeTarget,
  lockCommand: PutObjectRetentionCommand | PutObjectLegalHoldCommand,
): Promise<typeof KEPT | void> {
  const command = lockCommand as PutObjectRetentionCommand; // the stacks of both take the same middleware
  let headers: Readonly<Record<string, string | undefined>> = {};
  command.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    headers = (result.response as { headers?: typeof headers }).headers ?? {};
    return result;
  }, { step: "deserialize", name: "headersOfAnswer", priority: "high" });
  await s3.send(command);
  if (headers["etag"] !== undefined && headers["x-amz-version-id"] !== undefined) return KEPT;
}
