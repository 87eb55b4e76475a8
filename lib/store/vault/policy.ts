/** Policy document: "IAM JSON policy elements reference" in Amazon's manual. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** Statement of a policy. */
export interface PolicyStatement {
  /** Name that distinguishes nightdrop's statements from those of others. */
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  /** Principal; only in bucket policies. */
  readonly Principal?: "*";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Returns a policy with these statements. */
export function policy(...statements: readonly PolicyStatement[]): Policy {
  return { Version: "2012-10-17", Statement: statements };
}

/** Returns a statement that allows actions on resources. */
export function allow(
  Sid: string,
  actions: readonly string[],
  resources: readonly string[],
): PolicyStatement {
  const Action = actions.length === 1 ? actions[0]! : actions;
  return { Sid, Effect: "Allow", Action, Resource: resources.length === 1 ? resources[0]! : resources };
}

/** Maximum length of a managed policy at Amazon: "IAM and AWS STS quotas". */
const MAX_POLICY = 6144;

/** Returns as many managed policies for these places as the length of one requires. */
export function policies<T>(places: readonly T[], policyOf: (...places: readonly T[]) => Policy): Policy[] {
  const found: Policy[] = [];
  let begin = 0;
  for (let end = 1; end < places.length; end++) {
    if (JSON.stringify(policyOf(...places.slice(begin, end + 1))).length <= MAX_POLICY) continue;
    found.push(policyOf(...places.slice(begin, end)));
    begin = end;
  }
  return [...found, policyOf(...places.slice(begin))];
}

/** Returns `arn:aws:s3:::bucket`. China and the US government have partitions of their own. */
export function bucketArn(bucket: string, region: string): string {
  return `arn:${partition(region)}:s3:::${bucket}`;
}

/** Returns the partition of Amazon that a region belongs to. Each has users of its own. */
export function partition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
