/** An entry that was not restored, while others were. */
export interface LostEntry {
  readonly path: string;
  /** Bytes of content. */
  readonly size: number;
  /** Why, in words. */
  readonly reason: string;
}
