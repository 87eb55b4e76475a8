import { Failure } from "../../model/failure.ts";
import { unstorablePut } from "../s3/unstorable.ts";
import { providerCodeOf, statusOf } from "./answers.ts";
import type { VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";

/**
 * Tests that the bucket with all its settings accepts a put like those of a backup.
 *
 * Settings that are correct one by one can block all puts together: Ceph's gateway 16.2 refuses every put
 * into a bucket with BlockPublicAcls, or with a policy that has a condition on the presence of a header.
 */
export async function probePut(
  { s3 }: Owner,
  { bucket }: VaultDescription,
  directory: string,
): Promise<void> {
  try {
    await s3.send(unstorablePut(bucket, `${directory}nightdrop-probe`));
  } catch (error) {
    if (providerCodeOf(error) === "BadDigest") return;
    if (statusOf(error) === 403) throw shut(bucket);
    throw error;
  }
  throw new Failure(`${bucket}: the server stored an object with a wrong Content-MD5`, {
    hint: "It does not check uploads: use another server. The object is named nightdrop-probe",
  });
}

function shut(bucket: string): Failure {
  return new Failure(`The bucket ${bucket} refuses every put with these settings, also from the owner`, {
    hint: "Some servers do so with BlockPublicAcls or with conditions on headers in the bucket's policy: " +
      "remove these, and report the server to the makers of nightdrop",
  });
}
