/** Access keys of a user. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
