/** What IAM answers about roles: "IAM API Reference". */
import { iamAnswer, iamFailure } from "./amazon_answers.ts";

export interface Role {
  trust: string;
  readonly policies: Map<string, string>;
}

/** Answers a request about a role. */
export function iamRole(
  action: string,
  { RoleName = "", PolicyName = "", PolicyDocument = "", AssumeRolePolicyDocument = "" }: Readonly<
    Record<string, string>
  >,
  roles: Map<string, Role>,
): Response {
  const role = roles.get(RoleName);
  if (action === "CreateRole") {
    if (role) return iamFailure(409, "EntityAlreadyExists");
    const made = { trust: AssumeRolePolicyDocument, policies: new Map() };
    roles.set(RoleName, made);
    return iamAnswer(action, roleXml(RoleName, made));
  }
  if (!role) return iamFailure(404, "NoSuchEntity");
  switch (action) {
    case "GetRole":
      return iamAnswer(action, roleXml(RoleName, role));
    case "UpdateAssumeRolePolicy":
      role.trust = PolicyDocument;
      return iamAnswer(action, "");
    case "DeleteRolePolicy":
      return role.policies.delete(PolicyName) ? iamAnswer(action, "") : iamFailure(404, "NoSuchEntity");
    case "DeleteRole":
      if (role.policies.size > 0) return iamFailure(409, "DeleteConflict");
      roles.delete(RoleName);
      return iamAnswer(action, "");
    case "PutRolePolicy":
      role.policies.set(PolicyName, PolicyDocument);
      return iamAnswer(action, "");
    case "GetRolePolicy": {
      const found = role.policies.get(PolicyName);
      if (found === undefined) return iamFailure(404, "NoSuchEntity");
      const document = `<PolicyDocument>${encodeURIComponent(found)}</PolicyDocument>`;
      return iamAnswer(
        action,
        `<RoleName>${RoleName}</RoleName><PolicyName>${PolicyName}</PolicyName>${document}`,
      );
    }
    default:
      return iamFailure(400, "InvalidAction");
  }
}

function roleXml(name: string, { trust }: Role): string {
  const arn = `<Arn>arn:aws:iam::123456789012:role/nightdrop/${name}</Arn>`;
  const document = `<AssumeRolePolicyDocument>${encodeURIComponent(trust)}</AssumeRolePolicyDocument>`;
  return `<Role><Path>/nightdrop/</Path><RoleName>${name}</RoleName><RoleId>AROA</RoleId>${arn}${document}</Role>`;
}
