/** The README, followed literally on a machine with busybox, Node and npm alone. npm and Deno fetch the rest. */
import assert from "node:assert/strict";
import { type BareRoot, copyLibraries, withBareRoot } from "../support/bare_root.ts";
import { bash, rootForeignTest } from "../support/foreign.ts";
import { commands, declare, pin } from "./readme_commands.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const CLONE = "/root/nightdrop";

/** Copies Node, npm, the authorities that they trust here, and a clone into a root. */
async function furnish({ directory }: BareRoot): Promise<void> {
  const node = (await bash("readlink -f $(command -v node)")).text.trim();
  await copyLibraries(node, directory);
  await bash(
    `cd ${directory}; mkdir -p usr/local/bin usr/lib/node_modules etc/ssl/certs root${
      CLONE.replace("/root", "")
    } mnt
    cp ${node} usr/bin/node; ln -s /bin/env usr/bin/env
    cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" usr/lib/node_modules/npm
    ln -s ../lib/node_modules/npm/bin/npm-cli.js usr/bin/npm; ln -s ../lib/node_modules/npm/bin/npx-cli.js usr/bin/npx
    cp -L /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/; cp -L /etc/resolv.conf /etc/hosts etc/
    [ ! -e ~/.npmrc ] || cp ~/.npmrc root/
    echo root:x:0:0:root:/root:/bin/sh > etc/passwd; echo root:x:0: > etc/group
    cd ${checkout}; cp -r deno.json deno.lock nightdrop mod.ts lib docs ${directory}${CLONE}`,
  );
}

rootForeignTest(
  ["busybox", "unshare", "npm"],
  "with Node and npm alone, the commands of the README lead from nothing to a restored file",
  () =>
    withBareRoot(async (root) => {
      await furnish(root);
      const config = `${root.directory}/root/.config/nightdrop/backup.config.ts`;
      const environment =
        "export HOME=/root PATH=/usr/local/bin:$PATH NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt";
      for (const command of commands) {
        const { code, text, stderr } = await root.shell(`${environment}; cd ${CLONE}; ${command}`, {
          network: true,
        });
        assert.equal(code, 0, `${command}: exit ${code}\n${stderr}\n${text}`);
        if (command.includes(" init ")) {
          declare(config, { store: "/mnt/backups", state: "/var/lib/nightdrop" });
        }
        if (command.includes(" backup ") && !command.includes("--dry-run")) pin(config, stderr);
      }
      const restored = `${root.directory}${CLONE}/restored/etc/passwd`;
      assert.equal(Deno.readTextFileSync(restored), Deno.readTextFileSync(`${root.directory}/etc/passwd`));
    }),
);
