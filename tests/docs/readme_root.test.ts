/** The README, followed literally on a machine with busybox, Node and npm alone. npm and Deno fetch what they have not cached. */
import assert from "node:assert/strict";
import { type BareRoot, copyLibraries, withBareRoot } from "../support/bare_root.ts";
import { bash, must, rootForeignTest } from "../support/foreign.ts";
import { commands, declare, pin } from "./readme_commands.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const CLONE = "/root/nightdrop";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** Variables by which this machine reaches the registry. */
const REACH = /^(https?_proxy|no_proxy|all_proxy|npm_config_(registry|(https?_)?proxy|noproxy|strict_ssl))$/i;

/** How npm and Deno of a root reach the registry: as they do here, and only for what the caches lack. */
function reach(): string {
  const same = Object.entries(Deno.env.toObject()).filter(([name]) => REACH.test(name));
  const exports = [
    ...same,
    ["HOME", "/root"],
    ["NODE_EXTRA_CA_CERTS", AUTHORITIES],
    ["npm_config_cafile", AUTHORITIES],
    ["npm_config_prefer_offline", "true"],
  ].map(([name, value]) => `${name}='${value}'`);
  return `export PATH=/usr/local/bin:$PATH ${exports.join(" ")}`;
}

/** Copies Node, npm with its settings, the authorities and the packages that they have here, and a clone into a root. */
async function furnish({ directory }: BareRoot): Promise<void> {
  const node = (await bash("readlink -f $(command -v node)")).text.trim();
  await copyLibraries(node, directory);
  const { npmCache } = JSON.parse((await must(Deno.execPath(), ["info", "--json"])).text);
  await bash(
    `cd ${directory}; mkdir -p usr/local/bin usr/lib/node_modules usr/etc etc/ssl/certs root/.npm root/.cache/deno mnt
    mkdir -p .${CLONE}; cp ${node} usr/bin/node; ln -s /bin/env usr/bin/env
    cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" usr/lib/node_modules/npm
    ln -s ../lib/node_modules/npm/bin/npm-cli.js usr/bin/npm; ln -s ../lib/node_modules/npm/bin/npx-cli.js usr/bin/npx
    cat ${AUTHORITIES} $NODE_EXTRA_CA_CERTS $SSL_CERT_FILE > .${AUTHORITIES}; cp -L /etc/resolv.conf /etc/hosts etc/
    [ ! -e ~/.npmrc ] || cp ~/.npmrc root/
    global=$(npm config get globalconfig); [ ! -e "$global" ] || cp "$global" usr/etc/npmrc
    packages=$(npm config get cache)/_cacache; [ ! -e "$packages" ] || cp -r "$packages" root/.npm/
    [ ! -e "${npmCache}" ] || cp -r "${npmCache}" root/.cache/deno/npm
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
      for (const command of commands) {
        const { code, text, stderr } = await root.shell(`${reach()}; cd ${CLONE}; ${command}`, {
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
