/** What IAM answers about managed policies: "IAM API Reference". */
import { iamAnswer, iamFailure } from "./amazon_answers.ts";

/** Documents of the versions by ARN, the oldest first; the last one is the default. */
export type Managed = Map<string, { id: string; document: string }[]>;

/** "IAM and AWS STS quotas". */
const [MAX_LENGTH, MAX_VERSIONS] = [6144, 5];

/** Answers a request about a managed policy. */
export function iamPolicy(
  action: string,
  { PolicyName = "", Path = "", PolicyArn = "", PolicyDocument = "", VersionId = "" }: Readonly<
    Record<string, string>
  >,
  managed: Managed,
): Response {
  if (PolicyDocument.replace(/\s/g, "").length > MAX_LENGTH) return iamFailure(409, "LimitExceeded");
  if (action === "CreatePolicy") {
    const arn = `arn:aws:iam::123456789012:policy${Path}${PolicyName}`;
    if (managed.has(arn)) return iamFailure(409, "EntityAlreadyExists");
    managed.set(arn, [{ id: "v1", document: PolicyDocument }]);
    return iamAnswer(action, `<Policy><Arn>${arn}</Arn></Policy>`);
  }
  const versions = managed.get(PolicyArn);
  if (versions === undefined) return iamFailure(404, "NoSuchEntity");
  const version = versions.find(({ id }) => id === VersionId);
  switch (action) {
    case "GetPolicy":
      return iamAnswer(
        action,
        `<Policy><Arn>${PolicyArn}</Arn><DefaultVersionId>${versions.at(-1)!.id}</DefaultVersionId></Policy>`,
      );
    case "GetPolicyVersion": {
      const document = encodeURIComponent(version!.document);
      return iamAnswer(action, `<PolicyVersion><Document>${document}</Document></PolicyVersion>`);
    }
    case "ListPolicyVersions": {
      const members = versions.map(({ id }, at) =>
        `<member><VersionId>${id}</VersionId><IsDefaultVersion>${
          at === versions.length - 1
        }</IsDefaultVersion>` +
        `<CreateDate>2026-01-01T00:0${at}:00Z</CreateDate></member>`
      );
      return iamAnswer(action, `<IsTruncated>false</IsTruncated><Versions>${members.join("")}</Versions>`);
    }
    case "DeletePolicyVersion":
      if (version === undefined || version === versions.at(-1)) return iamFailure(409, "DeleteConflict");
      versions.splice(versions.indexOf(version), 1);
      return iamAnswer(action, "");
    case "CreatePolicyVersion": {
      if (versions.length >= MAX_VERSIONS) return iamFailure(409, "LimitExceeded");
      const id = `v${Number(versions.at(-1)!.id.slice(1)) + 1}`;
      versions.push({ id, document: PolicyDocument });
      return iamAnswer(action, `<PolicyVersion><VersionId>${id}</VersionId></PolicyVersion>`);
    }
    default:
      return iamFailure(400, "InvalidAction");
  }
}
