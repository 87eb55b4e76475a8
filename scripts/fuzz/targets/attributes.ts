import { aclBytes, isAcl } from "../../../lib/model/acl.ts";
import {
  attributeBytes,
  type Attributes,
  isXattrs,
  MAX_ATTRIBUTE_BYTES,
} from "../../../lib/model/attributes.ts";
import { readErrors, readOutput, Unintelligible } from "../../../lib/source/getfattr.ts";
import { storedAttributes } from "../../../lib/source/stored_attributes.ts";
import type { Dice } from "../../simulate/dice.ts";
import { ATTRIBUTES } from "../sample_entry.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const FILES = ["/srv/a", "/srv/ä\n\\", "/srv/c"];

const { acl } = ATTRIBUTES.file;
const { defaultAcl } = ATTRIBUTES.directory;

const SAMPLES: readonly (readonly [name: string, value: string])[][] = [
  [["user.a", "AAo="], ["security.capability", "AAAAAgAgAAAAAAAAAAAAAAAAAAA="], ["user.b\\075", ""]],
  [["system.posix_acl_access", aclBytes(acl).toBase64()]],
  [
    ["system.posix_acl_default", aclBytes(defaultAcl).toBase64()],
    ["trusted.overlay.opaque", "eQ=="],
    ["security.evm", "AA=="],
    ["btrfs.x", "AA=="],
  ],
];

const ERRORS = "getfattr: /srv/a: No such file or directory\n" +
  "getfattr: /srv/ä\\012\\134: user.a: Permission denied\n";

/** What getfattr prints of files whose names, attributes and values any user of a host chooses. */
export const PRINTED_ATTRIBUTES: Target = {
  name: "attributes",
  samples: () => [...SAMPLES.map(printed), ERRORS].map(bytesOf),
  words: [
    "# file: /srv/a\n",
    "# file: /srv/c\n",
    "\n\n",
    "=0s",
    '=""',
    "\\075",
    "user.a=0sAA==\n",
    "system.posix_acl_access",
  ],
  make: (_, dice) => bytesOf(printed([["system.posix_acl_access", madeAcl(dice).toBase64()]])),
  run(input): void {
    if (textOf(input).startsWith("getfattr: ")) return void readErrors(input, FILES);
    for (const attributes of readOutput(input, FILES).attributes.values()) {
      const stored = storedAttributes(attributes, false);
      demandValid(stored.attributes);
      const mode = stored.safeMode(0o777);
      demand((mode & ~0o777) === 0, `the mode becomes ${mode.toString(8)}`);
    }
  },
  refuses: (error) => error instanceof Unintelligible,
};

function demandValid(attributes: Attributes): void {
  const { acl, defaultAcl, xattrs } = attributes;
  for (const text of [acl, defaultAcl]) demand(text === undefined || isAcl(text), `${text} is no ACL`);
  demand(xattrs === undefined || isXattrs(xattrs), "attributes that no reader accepts");
  demand(attributeBytes(attributes) <= MAX_ATTRIBUTE_BYTES, "attributes that are too large");
}

function printed(attributes: readonly (readonly [name: string, value: string])[]): string {
  const lines = attributes.map(([name, value]) => `${name}=0s${value}\n`).join("");
  return `# file: /srv/a\n${lines}\n# file: /srv/\u00e4\\012\\134\n${lines}\n`;
}

/** Returns the bytes of an ACL with entries in any order, with tags, rights and ids at their limits. */
function madeAcl(dice: Dice): Uint8Array {
  const count = dice.below(8);
  const view = new DataView(new ArrayBuffer(4 + 8 * count));
  view.setUint32(0, dice.chance(0.95) ? 2 : dice.below(4), true);
  for (let at = 4; at < view.byteLength; at += 8) {
    view.setUint16(at, dice.pick([1, 2, 4, 8, 16, 32, 0, 3, 64, 0xffff]), true);
    view.setUint16(at + 2, dice.chance(0.9) ? dice.below(8) : dice.below(0x10000), true);
    view.setUint32(at + 4, dice.pick([0, 1, 1000, 0x7fffffff, 0xfffffffe, 0xffffffff]), true);
  }
  return new Uint8Array(view.buffer);
}
