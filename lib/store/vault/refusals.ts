import { DeleteBucketPolicyCommand, GetBucketPolicyCommand, PutBucketPolicyCommand } from "s3";
import { unlessAbsent } from "./answers.ts";
import type { Dialect, VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";
import { type Piece, same, type Standing } from "./piece.ts";
import { type Policy, policy, type Statement } from "./policy.ts";

/** The bucket's policy: our statements beside those of others, which stay as they are. */
export function refusalPiece({ s3 }: Owner, vault: VaultDescription, dialect: Dialect): Piece {
  const { bucket: Bucket, bucketPolicy: { Statement: ours } } = vault;
  const read = async (): Promise<readonly Statement[]> => {
    const found = await unlessAbsent(s3.send(new GetBucketPolicyCommand({ Bucket })));
    return found?.Policy === undefined ? [] : (JSON.parse(found.Policy) as Policy).Statement;
  };
  return {
    name: "bucket policy",
    wanted: inWords(ours, dialect),
    async look(): Promise<Standing> {
      const found = (await read()).filter(isOurs);
      if (same(found, ours)) return { state: "good" };
      if (found.length === 0) return { state: "missing" };
      const names = found.map(({ Sid }) => Sid).join(", ");
      return { state: "different", found: `${found.length} statements that are not quite these: ${names}` };
    },
    async make(): Promise<void> {
      const statements = [...(await read()).filter((it) => !isOurs(it)), ...ours];
      if (statements.length === 0) await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
      else {
        const Policy = JSON.stringify(policy(...statements));
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      }
    },
  };
}

function isOurs({ Sid }: Statement): boolean {
  return (Sid ?? "").startsWith("Nightdrop");
}

function inWords(ours: readonly Statement[], dialect: Dialect): string {
  const has = (sid: string): boolean => ours.some(({ Sid }) => Sid === sid);
  const parts = [
    ...(has("NightdropTlsOnly") ? ["requests without TLS"] : []),
    ...(dialect === "amazon" ? ["puts that overwrite, or set SSE-C, ACL, tags or locks"] : []),
  ];
  return parts.length === 0 ? "none: nothing that could be refused here" : `refuses ${parts.join("; ")}`;
}
