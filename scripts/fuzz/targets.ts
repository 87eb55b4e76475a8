import type { Target } from "./target.ts";
import { ARCHIVE } from "./targets/archive.ts";
import { PRINTED_ATTRIBUTES } from "./targets/attributes.ts";
import { CLEAR_SIGNED, VERIFYING_KEY } from "./targets/clear_signed.ts";
import { GZIP, ZSTD } from "./targets/compressed.ts";
import { CONFIG } from "./targets/config.ts";
import { GLOBS } from "./targets/globs.ts";
import { INDEX } from "./targets/index.ts";
import { MESSAGE, PACKETS } from "./targets/message.ts";
import { OBJECT_NAMES } from "./targets/names.ts";
import { RECEIPT_OBJECT, RECEIPT_TEXT } from "./targets/receipt.ts";

/** All decoders of data from hosts, stores and owners. */
export const TARGETS: readonly Target[] = [
  RECEIPT_TEXT,
  RECEIPT_OBJECT,
  CLEAR_SIGNED,
  VERIFYING_KEY,
  INDEX,
  ARCHIVE,
  PRINTED_ATTRIBUTES,
  MESSAGE,
  PACKETS,
  ZSTD,
  GZIP,
  CONFIG,
  GLOBS,
  OBJECT_NAMES,
];
