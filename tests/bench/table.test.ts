import assert from "node:assert/strict";
import { figure, table, tableOf } from "../../scripts/bench/table.ts";

Deno.test("a table holds every contender against the first of its job", () => {
  const ours = { name: "nightdrop", wall: 2, cpu: 4, peak: 100e6, stored: 10e6 };
  const peer = { name: "a | b", wall: 5, cpu: 3, peak: 250e6, stored: 1234e6 };
  const { stored: _, ...restored } = ours;
  const text = tableOf([
    { title: "first backup", results: [ours, peer] },
    { title: "restore", results: [{ ...restored, stored: undefined }] },
  ]);
  assert.equal(
    text,
    `|  | wall s | × | CPU s | × | peak MB | × | stored MB | × |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| **first backup** |  |  |  |  |  |  |  |  |
| nightdrop | 2.00 | 1.00 | 4.00 | 1.00 | 100 | 1.00 | 10.0 | 1.00 |
| a \\| b | 5.00 | 2.50 | 3.00 | 0.75 | 250 | 2.50 | 1234 | 123 |
| **restore** |  |  |  |  |  |  |  |  |
| nightdrop | 2.00 | 1.00 | 4.00 | 1.00 | 100 | 1.00 |  |  |
`,
  );
});

Deno.test("a result is not compared with a first one that took no measurable time", () => {
  const nothing = { name: "a", wall: 0.01, cpu: 0, peak: 1e6, stored: 0 };
  const [, , , a, b] = tableOf([{ title: "t", results: [nothing, { ...nothing, cpu: 1, stored: 1e6 }] }])
    .split("\n");
  assert.equal(a, "| a | 0.01 | 1.00 | 0.00 |  | 1.00 | 1.00 | 0.00 |  |");
  assert.equal(b, "| a | 0.01 | 1.00 | 1.00 |  | 1.00 | 1.00 | 1.00 |  |");
});

Deno.test("results have significant digits only", () => {
  const rows = [[0, "0.00"], [0.00123, "0.0012"], [0.0996, "0.10"], [3.14159, "3.14"], [9.996, "10.0"], [
    42.42,
    "42.4",
  ]];
  for (const [value, text] of [...rows, [99.96, "100"], [153_076, "153076"], [-250, "-250"]]) {
    assert.equal(figure(value as number), text);
  }
});

Deno.test("a row that is too short is filled up", () => {
  assert.equal(table(["a", "b"], [["x"]]), "| a | b |\n| --- | ---: |\n| x |  |\n");
});
