import type { StoreReader } from "../../lib/store/contract.ts";

/** Reader that counts the objects that are fetched. */
export interface CountedReader {
  readonly reader: StoreReader;
  fetched: number;
}

export function countedReader(reader: StoreReader): CountedReader {
  const counted: CountedReader = {
    fetched: 0,
    reader: {
      ...reader,
      get: (name, options) => {
        counted.fetched += 1;
        return reader.get(name, options);
      },
    },
  };
  return counted;
}
