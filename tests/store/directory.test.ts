import { directoryReader, directoryWriter } from "../../lib/store/directory.ts";
import { withFolder } from "../support/folder.ts";
import { conformance } from "./conformance.ts";

conformance((law, body) =>
  Deno.test(`directory store: ${law}`, () =>
    withFolder((folder) =>
      body({ writer: directoryWriter(`${folder}/store`), reader: directoryReader(`${folder}/store`) })
    ))
);
