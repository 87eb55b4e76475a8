/** Compression of the bytes inside a volume's encryption. */
export type CompressionKind = Compression["kind"];

/** Compression of volumes. Levels of zstd are 1 (fast) to 19 (small). */
export type Compression =
  | { readonly kind: "zstd"; readonly level: number }
  | { readonly kind: "gzip" }
  | { readonly kind: "none" };
