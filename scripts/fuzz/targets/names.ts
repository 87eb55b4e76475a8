import { indexPartName, parseObjectName, receiptName, volumePrefix } from "../../../lib/model/name.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const DIGEST = "0123456789abcdef".repeat(4);
const NAMES = [
  `000001.000000-${DIGEST}.tar.zst.gpg`,
  `000003.000012-${DIGEST}.gz.gpg`,
  `index.000000-${DIGEST}.jsonl.gpg`,
  `receipt-${DIGEST}.json.asc`,
];

class NoName extends Error {}

/** Names of objects, as a store lists them: what is taken for one is one. */
export const OBJECT_NAMES: Target = {
  name: "names",
  samples: () => NAMES.map(bytesOf),
  words: ["receipt-", "index.", ".tar", ".zst", ".gpg", ".json.asc", "/", "000001.", "20261123T050000Z-"],
  run(input): void {
    const text = textOf(input);
    const object = parseObjectName(text);
    if (object === undefined) throw new NoName("no name of nightdrop");
    const begins = object.kind === "receipt"
      ? receiptName(object.sha256)
      : object.kind === "index"
      ? indexPartName(object.part, object.sha256, "none").replace(/\.gpg$/, "")
      : volumePrefix(object.volume);
    demand(
      text.startsWith(begins) && text.includes(object.sha256),
      `it is taken for ${JSON.stringify(object)}`,
    );
  },
  refuses: (error) => error instanceof NoName,
};
