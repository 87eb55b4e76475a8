import assert from "node:assert/strict";
import { withSection } from "../../scripts/bench/document.ts";

const NAMES = ["real", "small", "large"];
const BLANK = "# Benchmarks\n\nProse.\n\n<!-- figures -->\n<!-- end of figures -->\n\n### Not a case\n";

Deno.test("sections go between the marks, in order, and nothing else changes", () => {
  const two = withSection(withSection(BLANK, "### large: L\n\n1\n", NAMES), "### real: R\n\n2\n", NAMES);
  assert.equal(
    two,
    "# Benchmarks\n\nProse.\n\n<!-- figures -->\n\n### real: R\n\n2\n\n### large: L\n\n1\n\n" +
      "<!-- end of figures -->\n\n### Not a case\n",
  );
});

Deno.test("a section takes the place of the one that the case had", () => {
  const once = withSection(BLANK, "### small: old\n\n1\n", NAMES);
  const both = withSection(once, "### large: L\n\n1\n", NAMES);
  assert.equal(withSection(both, "### small: old\n\n1\n", NAMES), both, "twice the same is once");
  const again = withSection(both, "### small: new\n\n2\n", NAMES);
  assert.deepEqual(again.match(/^### .*/gm), ["### small: new", "### large: L", "### Not a case"]);
});

Deno.test("a document without a place for results is not changed", () => {
  assert.throws(() => withSection("# Benchmarks\n", "### real: R\n", NAMES), /lacks the lines/);
});
