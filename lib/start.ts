/**
 * Entry point of the script `nightdrop`: the command line without the library of `mod.ts`, which takes longer to load than a
 * small backup takes.
 *
 * @module
 */
import { main } from "./cli/main.ts";

// Never called. A config may import the library. Unless its launch is `lazy`, Deno reads without a permission what is named from here.
void (() => import("../mod.ts"));

main(Deno.args);
