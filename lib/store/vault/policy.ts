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

/** Returns `arn:aws:s3:::bucket`. China and the US government have partitions of their own. */
export function bucketArn(bucket: string, region: string): string {
  return `arn:${partition(region)}:s3:::${bucket}`;
}

/** Returns the partition of Amazon that a region belongs to. Each has users of its own. */
export function partition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
