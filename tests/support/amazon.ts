/**
 * What Amazon's manuals say that S3 and IAM answer, for the few calls that `provision` makes: a contract, not a proof.
 * Each request is kept, so that tests can hold it to the manual; what is put is given back as it came.
 *
 * "Amazon S3 API Reference", "IAM API Reference" and their error codes.
 */
import { iamAnswer, iamFailure } from "./amazon_answers.ts";
import { iamPolicy, type Managed } from "./amazon_policies.ts";
import { iamRole, type Role } from "./amazon_roles.ts";

/** Received request. */
export interface Asked {
  /** `PUT /bucket?versioning`, `IAM CreateUser`. */
  readonly call: string;
  readonly headers: Headers;
  /** XML or JSON of S3, the form of IAM without its action and version. */
  readonly body: string;
  /** The same of IAM. */
  readonly form: Readonly<Record<string, string>>;
}

/** Server with its content. */
export interface Amazon {
  readonly endpoint: string;
  readonly asked: Asked[];
  /** Calls that are denied, such as `IAM PutUserPolicy`. */
  readonly denied: Set<string>;
  readonly buckets: Map<string, Map<string, string>>;
  readonly users: Map<string, User>;
  readonly roles: Map<string, Role>;
  readonly managed: Managed;
}

interface User {
  readonly policies: Map<string, string>;
  readonly attached: string[];
  keys: { id: string; made: string }[];
}

/** Runs `body` with such a server, which answers for every region. All users but the owner are refused everything. */
export async function withAmazon<T>(body: (amazon: Amazon) => Promise<T>): Promise<T> {
  const state = {
    asked: [],
    denied: new Set<string>(),
    buckets: new Map<string, Map<string, string>>(),
    users: new Map<string, User>(),
    roles: new Map<string, Role>(),
    managed: new Map(),
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    return answer(request, { ...state, endpoint: "" });
  });
  try {
    return await body({ ...state, endpoint: `http://127.0.0.1:${server.addr.port}` });
  } finally {
    await server.shutdown();
  }
}

async function answer(request: Request, amazon: Amazon): Promise<Response> {
  const { searchParams, pathname: path } = new URL(request.url);
  const pathname = path.replace(/\/$/, "");
  const body = await request.text();
  const scope = /^AWS4-HMAC-SHA256 Credential=OWNER\/\d{8}\/([^/]+)\/(s3|iam)\/aws4_request/
    .exec(request.headers.get("authorization") ?? "");
  if (scope === null) return s3Failure(403, "AccessDenied");
  const form = scope[2] === "iam" ? Object.fromEntries(new URLSearchParams(body)) : {};
  const { Action, Version: _, ...rest } = form;
  const query = [...searchParams.keys()].filter((key) => key !== "x-id").join("&");
  const call = Action ? `IAM ${Action}` : `${request.method} ${pathname}${query === "" ? "" : `?${query}`}`;
  amazon.asked.push({ call, headers: request.headers, body: Action ? "" : body, form: rest });
  if (amazon.denied.has(call)) {
    return Action ? iamFailure(403, "AccessDenied") : s3Failure(403, "AccessDenied");
  }
  if (Action) return iam(Action, rest, amazon);
  const name = decodeURIComponent(pathname.slice(1));
  const made = request.method === "PUT" && query === "" && !name.includes("/") ? locationIn(body) : undefined;
  const home = amazon.buckets.get(name.split("/")[0]!)?.get("location") ?? made ?? scope[1]!;
  if (scope[1] !== home) return s3Failure(400, "AuthorizationHeaderMalformed");
  return s3(request, name, query, body, amazon, home);
}

/** Returns the region of a bucket that is created, in which alone it answers. */
function locationIn(body: string): string {
  return /<LocationConstraint>([^<]+)</.exec(body)?.[1] ?? "us-east-1";
}

/** Answers of a bucket for settings that are not set. */
const ABSENT: Readonly<Record<string, string>> = {
  publicAccessBlock: "NoSuchPublicAccessBlockConfiguration",
  ownershipControls: "OwnershipControlsNotFoundError",
  encryption: "ServerSideEncryptionConfigurationNotFoundError",
  lifecycle: "NoSuchLifecycleConfiguration",
  policy: "NoSuchBucketPolicy",
  "object-lock": "ObjectLockConfigurationNotFoundError",
  tagging: "NoSuchTagSet",
  replication: "ReplicationConfigurationNotFoundError",
};

function s3(
  { method, headers }: Request,
  path: string,
  query: string,
  body: string,
  { buckets }: Amazon,
  region: string,
): Response {
  const [name = "", key] = path.split("/");
  const bucket = buckets.get(name);
  if (key) return headers.has("content-md5") ? s3Failure(400, "BadDigest") : new Response("");
  if (method === "PUT" && query === "") {
    if (bucket) return s3Failure(409, "BucketAlreadyOwnedByYou");
    buckets.set(name, newBucket(headers).set("location", region));
    return new Response("");
  }
  if (!bucket) {
    return method === "HEAD" ? new Response(null, { status: 404 }) : s3Failure(404, "NoSuchBucket");
  }
  if (method === "HEAD") return new Response(null, { headers: { "x-amz-bucket-region": region } });
  if (method === "PUT") bucket.set(query, body);
  if (method === "DELETE") bucket.delete(query);
  if (method !== "GET") return new Response("");
  if (query === "versioning" && !bucket.has(query)) return new Response("<VersioningConfiguration/>");
  const found = bucket.get(query.startsWith("list-type") ? "list" : query);
  return found === undefined ? s3Failure(404, ABSENT[query]!) : new Response(found);
}

/** Since 2023 a new bucket is private and encrypted: "Default settings for new S3 buckets". */
function newBucket(headers: Headers): Map<string, string> {
  const block = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    .map((name) => `<${name}>true</${name}>`).join("");
  const owner = headers.get("x-amz-object-ownership") ?? "BucketOwnerEnforced";
  const lock = headers.get("x-amz-bucket-object-lock-enabled") === "true";
  return new Map([
    ["publicAccessBlock", `<PublicAccessBlockConfiguration>${block}</PublicAccessBlockConfiguration>`],
    [
      "ownershipControls",
      `<OwnershipControls><Rule><ObjectOwnership>${owner}</ObjectOwnership></Rule></OwnershipControls>`,
    ],
    [
      "encryption",
      "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256" +
      "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ],
    ...(lock
      ? [
        [
          "object-lock",
          "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
        ],
        ["versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"],
      ] as const
      : []),
  ]);
}

function iam(
  action: string,
  form: Readonly<Record<string, string>>,
  { users, roles, managed }: Amazon,
): Response {
  if (form.RoleName !== undefined) return iamRole(action, form, roles);
  const { UserName = "", PolicyName = "", PolicyDocument = "", AccessKeyId = "" } = form;
  const user = users.get(UserName);
  const about = `<UserName>${UserName}</UserName>`;
  if (action === "CreateUser") {
    if (user) return iamFailure(409, "EntityAlreadyExists");
    users.set(UserName, { policies: new Map(), attached: [], keys: [] });
    return iamAnswer(action, userXml(UserName));
  }
  if (user === undefined && (form.PolicyArn ?? form.Path) !== undefined) {
    return iamPolicy(action, form, managed);
  }
  if (action === "GetAccessKeyLastUsed") {
    return iamAnswer(
      action,
      "<AccessKeyLastUsed><LastUsedDate>2026-11-22T03:17:00Z</LastUsedDate></AccessKeyLastUsed>",
    );
  }
  if (!user) return iamFailure(404, "NoSuchEntity");
  switch (action) {
    case "GetUser":
      return iamAnswer(action, userXml(UserName));
    case "ListUserPolicies":
      return iamAnswer(action, list("PolicyNames", [...user.policies.keys()]));
    case "ListAttachedUserPolicies": {
      const attached = user.attached.map((name) => `<PolicyName>${name}</PolicyName>`);
      return iamAnswer(action, list("AttachedPolicies", attached));
    }
    case "AttachUserPolicy":
      if (!managed.has(form.PolicyArn!)) return iamFailure(404, "NoSuchEntity");
      user.attached.push(form.PolicyArn!.split("/").at(-1)!);
      return iamAnswer(action, "");
    case "DetachUserPolicy":
      user.attached.splice(user.attached.indexOf(form.PolicyArn!.split("/").at(-1)!), 1);
      return iamAnswer(action, "");
    case "DeleteUserPolicy":
      return user.policies.delete(PolicyName) ? iamAnswer(action, "") : iamFailure(404, "NoSuchEntity");
    case "ListGroupsForUser":
      return iamAnswer(action, list("Groups", []));
    case "PutUserPolicy":
      user.policies.set(PolicyName, PolicyDocument);
      return iamAnswer(action, "");
    case "GetUserPolicy": {
      const found = user.policies.get(PolicyName);
      if (found === undefined) return iamFailure(404, "NoSuchEntity");
      const document = `<PolicyDocument>${encodeURIComponent(found)}</PolicyDocument>`;
      return iamAnswer(action, `${about}<PolicyName>${PolicyName}</PolicyName>${document}`);
    }
    case "ListAccessKeys": {
      const keys = user.keys.map(({ id, made }) =>
        `${about}<AccessKeyId>${id}</AccessKeyId><Status>Active</Status><CreateDate>${made}</CreateDate>`
      );
      return iamAnswer(action, list("AccessKeyMetadata", keys));
    }
    case "CreateAccessKey": {
      if (user.keys.length >= 2) return iamFailure(409, "LimitExceeded");
      const id = `AKIA${crypto.randomUUID().replaceAll("-", "").slice(0, 16).toUpperCase()}`;
      user.keys.push({ id, made: new Date(Date.UTC(2026, 0, 1, 0, ++clock)).toISOString() });
      const secret = `<SecretAccessKey>secret/of+${id}</SecretAccessKey>`;
      return iamAnswer(action, `<AccessKey>${about}<AccessKeyId>${id}</AccessKeyId>${secret}</AccessKey>`);
    }
    case "DeleteAccessKey":
      if (!user.keys.some(({ id }) => id === AccessKeyId)) return iamFailure(404, "NoSuchEntity");
      user.keys = user.keys.filter(({ id }) => id !== AccessKeyId);
      return iamAnswer(action, "");
    default:
      return iamFailure(400, "InvalidAction");
  }
}

let clock = 0;

function userXml(name: string): string {
  const arn = `<Arn>arn:aws:iam::123456789012:user/nightdrop/${name}</Arn>`;
  const made = "<CreateDate>2026-01-01T00:00:00Z</CreateDate>";
  return `<User><Path>/nightdrop/</Path><UserName>${name}</UserName><UserId>AIDA</UserId>${arn}${made}</User>`;
}

function list(name: string, members: readonly string[]): string {
  const inside = members.map((it) => `<member>${it}</member>`).join("");
  return `<IsTruncated>false</IsTruncated><${name}>${inside}</${name}>`;
}

function s3Failure(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return new Response(body, { status, headers: { "content-type": "application/xml" } });
}
