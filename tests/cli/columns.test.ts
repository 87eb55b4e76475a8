import assert from "node:assert/strict";
import { Columns } from "../../lib/cli/columns.ts";
import { Output } from "../../lib/cli/output.ts";
import { written } from "../support/console.ts";

const ROWS = [["a", "1", "/x"], ["bbb", "10000", "/with space"], ["", "22", "/z"]];

function shown(terminal: boolean, json: boolean, titles?: string[]): string {
  const output = new Output({ json, quiet: false, verbose: false, color: false, journal: false });
  return written(() => {
    const columns = new Columns(output, { terminal, right: [1], ...(titles && { titles }) });
    for (const cells of ROWS) columns.add(cells, { path: cells[2] });
    columns.end();
  }).stdout;
}

Deno.test("columns are aligned on a terminal, without spaces at the ends of lines", () => {
  assert.equal(shown(true, false), "a        1  /x\nbbb  10000  /with space\n        22  /z\n");
});

Deno.test("columns have titles on a terminal only", () => {
  const titles = ["NAME", "SIZE", "PATH"];
  assert.equal(
    shown(true, false, titles),
    "NAME   SIZE  PATH\na         1  /x\nbbb   10000  /with space\n         22  /z\n",
  );
  assert.equal(shown(false, false, titles), shown(false, false));
  assert.equal(shown(true, true, titles), shown(true, true));
});

Deno.test("titles can be printed before the rows of several tables with the same widths", () => {
  const output = new Output({ json: false, quiet: false, verbose: false, color: false, journal: false });
  const options = { terminal: true, right: [1], widths: [4, 6] };
  const { stdout } = written(() => {
    new Columns(output, { ...options, titles: ["NAME", "SIZE"] }).begin();
    for (const name of ["a", "bbb"]) {
      const columns = new Columns(output, options);
      columns.add([name, "10"], {});
      columns.end();
    }
  });
  assert.equal(stdout, "NAME    SIZE\na         10\nbbb       10\n");
});

Deno.test("columns are separated by one tab in a pipe", () => {
  assert.equal(shown(false, false), "a\t1\t/x\nbbb\t10000\t/with space\n\t22\t/z\n");
});

Deno.test("rows are objects with --json", () => {
  assert.equal(shown(true, true), '{"path":"/x"}\n{"path":"/with space"}\n{"path":"/z"}\n');
});
