import { openSource } from "../../../lib/source/read.ts";
import { walk } from "../../../lib/source/walk.ts";
import { MANY, temporaryDirectory } from "./entries.ts";

const directory = temporaryDirectory();
for (let at = 0; at < MANY; at++) {
  const below = `${directory}/${Math.floor(at / 100)}`;
  if (at % 100 === 0) Deno.mkdirSync(below);
  Deno.writeFileSync(`${below}/file-${at}`, new Uint8Array(at % 1000));
}
const selection = {
  paths: [directory],
  exclude: [],
  excludeIfPresent: [],
  excludeCaches: false,
  oneFileSystem: false,
  maxFileSize: undefined,
};
const found = [...walk(selection, () => {})].filter(({ type }) => type === "file");
const block = new Uint8Array(1024);

Deno.bench("walk 10,000 files", () => {
  for (const _ of walk(selection, () => {}));
});

Deno.bench("walk them by ten rules", () => {
  const exclude = Array.from({ length: 10 }, (_, at) => `*.no-${at}`);
  for (const _ of walk({ ...selection, exclude }, () => {}));
});

Deno.bench("open, read and close 10,000 files", () => {
  for (const entry of found) {
    const content = openSource(entry, () => {})!;
    while (content.read(block) > 0);
    content.close();
  }
});
