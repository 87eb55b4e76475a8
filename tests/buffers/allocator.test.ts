import assert from "node:assert/strict";
import { ROOT } from "../../scripts/build/run.ts";
import { must } from "../support/foreign.ts";

/** Program that allocates and frees blocks in rounds, and prints the page faults of the rounds after the first ones: proc(5). */
const PROGRAM = `
  import { keepFreedMemory } from "${ROOT}/lib/buffers/allocator.ts";
  if (Deno.args[0] === "kept") keepFreedMemory();
  const faults = () => Number(Deno.readTextFileSync("/proc/self/stat").split(" ")[9]);
  const rounds = (count) => {
    for (let round = 0; round < count; round++) {
      const blocks = Array.from({ length: 5 }, () => new Uint8Array(4 * 1024 * 1024).fill(1));
      for (const { buffer } of blocks) buffer.transfer(0);
    }
  };
  rounds(5);
  const before = faults();
  rounds(20);
  console.log(faults() - before);
`;

/** Returns the page faults of the program with an argument. */
async function faults(argument: string): Promise<number> {
  const ran = await must(Deno.execPath(), ["run", "--allow-all", "-", argument], { stdin: PROGRAM });
  return Number(ran.text);
}

Deno.test("freed memory that is kept is allocated again without page faults", async () => {
  const [kept, returned] = [await faults("kept"), await faults("returned")];
  assert.ok(kept * 10 < returned, `${kept} page faults, ${returned} without`);
});
