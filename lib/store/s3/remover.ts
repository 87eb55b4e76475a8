import { DeleteObjectCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { type StoreError, type StoreRemover } from "../contract.ts";
import { checkName } from "../name.ts";
import { s3Client } from "./client.ts";
import { s3Error } from "./errors.ts";
import { IDLE, type S3Options, type S3Place, s3Place } from "./options.ts";
import { within } from "./within.ts";

/** Versions of an object in one answer; a server may return fewer. */
const PAGE = 1000;

/**
 * Opens a remover of objects of a bucket. It needs `s3:DeleteObject`; in a bucket with versions also
 * `s3:ListBucketVersions` and `s3:DeleteObjectVersion`, without which an object is only hidden.
 */
export function s3Remover(options: S3Options): StoreRemover {
  const at = s3Place(options);
  const client = s3Client(options, options.timeouts?.idle ?? IDLE);
  const call = <T>(
    signal: AbortSignal | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    within(options.timeouts?.idle ?? IDLE, signal, action).catch((error) => {
      signal?.throwIfAborted();
      throw s3Error(error, at, "remove");
    });
  return {
    place: at.url,
    async remove(names, { signal } = {}): Promise<void> {
      for (const name of names) checkName(name);
      for (const name of names) {
        signal?.throwIfAborted();
        const key = at.directory + name;
        for (const version of await versionsOf(client, at, key, call, signal)) {
          const command = new DeleteObjectCommand({
            Bucket: at.bucket,
            Key: key,
            ...(version === undefined ? {} : { VersionId: version }),
          });
          await call(signal, (abortSignal) => client.send(command, { abortSignal }));
        }
      }
    },
    close: () => client.destroy(),
  };
}

type Call = <T>(signal: AbortSignal | undefined, action: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Returns the ids of all versions of an object; undefined stands for the current one if versions cannot be listed. */
async function versionsOf(
  client: S3Client,
  { bucket }: S3Place,
  key: string,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<(string | undefined)[]> {
  try {
    const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, MaxKeys: PAGE });
    const { Versions = [], DeleteMarkers = [] } = await call(
      signal,
      (abortSignal) => client.send(command, { abortSignal }),
    );
    const own = [...Versions, ...DeleteMarkers].filter((it) => it.Key === key);
    // OpenStack Swift 2.30 does not answer if the latest version is deleted while there are others.
    const latestLast = own.sort((a, b) => Number(a.IsLatest ?? false) - Number(b.IsLatest ?? false));
    return own.length === 0 ? [undefined] : latestLast.map((it) => it.VersionId);
  } catch (error) {
    if (["denied", "setup", "failed"].includes((error as StoreError).kind)) return [undefined];
    throw error;
  }
}
