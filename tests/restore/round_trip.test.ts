/** A tree with everything that a file system can hold, there and back: by restore, and by hand with other programs. */
import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import { directoryWriter } from "../../lib/store/directory/directory.ts";
import { directory } from "../source/tree.ts";
import { restoredSource, type Scenario, withScenario } from "../support/scenario.ts";
import { bash, must, rootForeignTest } from "../support/foreign.ts";
import { streamed } from "./streamed.ts";

const TOOLS = ["getfattr", "setfattr", "getfacl", "setfacl", "getcap", "setcap", "find", "du"];

/** Makes the tree in the working directory. */
const MAKE = String.raw`
  echo plain > plain; chmod 0640 plain; chown 1234:5678 plain
  echo user > user; setfattr -n user.text -v 'a value' user; setfattr -n user.empty user
  setfattr -n user.binary -v 0x000a0dff3d5c user; setfattr -n $'user.odd=\n\\ "é' -v 1 user
  echo secret > acl; chown root:daemon acl; chmod 0600 acl; setfacl -m u:34:rw,u:65534:r acl
  echo denied > denied; chmod 0644 denied; setfacl -m u:1234:-,g:5678:- denied
  mkdir shared; chmod 2770 shared; setfacl -m g:12:rwx -d -m u:34:rwx,g:12:r-x shared; echo in > shared/in
  cp /bin/true capable; chown 1234 capable; setcap cap_net_raw,cap_net_bind_service+ep capable
  cp /bin/true setuid; chmod 4755 setuid; setfattr -n user.set -v id setuid
  cp /bin/true setgid; chgrp 12 setgid; chmod 2755 setgid; mkdir sticky; chmod 1777 sticky
  echo t > trusted; setfattr -n trusted.t -v t trusted; setfattr -n security.label -v l trusted
  ln -s plain link; setfattr -h -n trusted.link -v l link; ln -s nowhere dangling
  mkfifo fifo; setfacl -m u:34:rw fifo
  echo first > first; setfattr -n user.first -v 1 first; for n in 1 2 3 4 5; do ln first "name $n"; done
  truncate -s 3M hole; echo data | dd of=hole bs=1 seek=1500000 conv=notrunc status=none; setfattr -n user.hole -v h hole
  truncate -s 1M empty; head -c 300000 /dev/urandom > full; head -c 300000 /dev/zero > zeros
  for name in $'new\nline' 'back\slash' $'tab\tname' ' space ' '[1]' '*' '#' '=' '-h' 'ümläut' $'# file: plain\nuser.evil=1'; do
    echo odd > "./$name"; setfattr -n user.odd -v "$name" -- "./$name"
  done
  mkdir closed; echo in > closed/in; setfattr -n user.closed -v d closed; chmod 0500 closed
  echo read > read-only; setfattr -n user.r -v r read-only; chmod 0444 read-only
  mkdir -p deep/er/est; setfattr -n user.deep -v d deep/er/est; setfacl -m u:34:x deep/er
  find . -depth -exec touch -h -d '2020-02-03 04:05:06.789' {} +`;

/** Changes some of it. */
const CHANGE = String.raw`
  setfacl -m u:33:r acl; setfattr -n user.text -v changed user; setfattr -x user.empty user; setfacl -b denied
  setcap cap_net_raw+ep capable; setfacl -k shared; echo more >> first; ln first "name 6"; rm "name 1"
  setfattr -n user.later -v l plain; chmod 0700 deep/er/est`;

/** What getfattr, getfacl, getcap, find and du say of all in a directory, in a fixed order. */
async function described(root: string): Promise<string[]> {
  const { text } = await bash(
    String.raw`
    getfattr -R -h -d -m - -e base64 . | grep -v '^$' | awk '/^# file/ { file = $0; next } { print file, $0 }'
    find . ! -type l -exec getfacl -n -p {} + | awk '/^# file/ { file = $0; next } NF { print file, $0 }'
    find . -type f -exec getcap -- {} +
    find . -printf '%P|%y|%m|%U|%G|%n|%l|%TY-%Tm-%Td %TT\n' | sed -E 's/(:[0-9]{2}\.[0-9]{3})[0-9]*$/\1/'
    find . -type f -printf '%P|%s\n'
    find . -type f -links +1 -printf '%i\n' | sort | uniq -c | awk '{ print "names of one file:", $1 }'
    find . -type f -size +64k -exec du -k {} +`,
    { cwd: root },
  );
  return text.split("\n").sort();
}

/** Restores, and holds what comes back against the source. */
async function assertBack(
  scenario: Scenario,
  options: Parameters<Scenario["restore"]>[0] = {},
): Promise<void> {
  const { lost, notes } = await scenario.restore(options);
  assert.deepEqual([lost, notes], [0, []]);
  assert.deepEqual(
    await described(restoredSource(scenario, options?.target)),
    await described(scenario.source),
  );
}

rootForeignTest(
  TOOLS,
  "a tree of everything comes back by a full, an incremental and a one-file restore",
  () =>
    withScenario(directory({}), async (scenario) => {
      await bash(MAKE, { cwd: scenario.source });
      await scenario.backup();
      await assertBack(scenario, { jobs: 2 });
      await bash(CHANGE, { cwd: scenario.source });
      await scenario.backup();
      await assertBack(scenario, { target: `${scenario.directory}/incremental` });
      await assertBack(scenario, { target: `${scenario.directory}/incremental`, overwrite: true });
      for (const name of ["acl", "capable", "user", "hole", "name 3", "deep/er", "link"]) {
        const target = `${scenario.directory}/one ${name.replace("/", " ")}`;
        await scenario.restore({ target, globs: [`${scenario.source}/${name}`] });
        const back = `${restoredSource(scenario, target)}/${name}`;
        const one = async (path: string): Promise<string> => {
          const { text } = await must("bash", [
            "-c",
            String.raw`
          getfattr -h -d -m - -e base64 "$1"; [ -L "$1" ] || getfacl -n -p "$1"; getcap -- "$1"
          find "$1" -maxdepth 0 -printf '%y %m %U %G %l %TT\n' | sed -E 's/(:[0-9]{2}\.[0-9]{3})[0-9]*$/\1/'; du -k --max-depth=0 "$1"`,
            "-",
            path,
          ]);
          return text.replaceAll(path, "").replaceAll(path.slice(1), "");
        };
        assert.equal(await one(back), await one(`${scenario.source}/${name}`), name);
      }
    }),
);

/** Programs that restore volumes by hand, with the attributes: what the others write with `=` in a name, bsdtar does not read. */
const BY_HAND = {
  "GNU tar": [
    "tar",
    "tar -x -f - -p --numeric-owner --ignore-zeros --xattrs --xattrs-include='*' --acls",
    "",
  ],
  bsdtar: [
    "bsdtar",
    "bsdtar -x -f - -p --numeric-owner --ignore-zeros",
    "setfattr -x $'user.odd=\\n\\\\ \"é' user",
  ],
} as const;

/** Compares two directories except for holes, which an archive does not have. */
async function assertSameButHoles(root: string, other: string): Promise<void> {
  const sizes = (lines: string[]): string[] => lines.filter((line) => !/^\d+\t/.test(line));
  assert.deepEqual(sizes(await described(root)), sizes(await described(other)));
}

for (const [name, [tool, command, without]] of Object.entries(BY_HAND)) {
  rootForeignTest(
    [...TOOLS, tool, "gpg", "zstd"],
    `a tree with every type of entry is restored by hand, with ${name}`,
    () =>
      withScenario(directory({}), async (scenario) => {
        await bash(`${MAKE}\n${without}`, { cwd: scenario.source });
        const { snapshot } = await backup(
          scenario.host,
          directoryWriter(`${scenario.directory}/store`),
          scenario.run,
        );
        await bash(
          `export GNUPGHOME=${scenario.directory}/gnupg; mkdir -m 700 $GNUPGHOME; trap 'gpgconf --kill all' EXIT
         gpg --quiet --batch --import ${scenario.privateFile}; mkdir back
         for volume in $(ls store/*/${snapshot} | grep -o '^[0-9]*' | sort -u); do
           cat store/*/${snapshot}/$volume.*.tar.* | gpg --quiet --decrypt | zstd -dc
         done | (cd back && ${command})`,
          { cwd: scenario.directory },
        );
        // Nothing knows of the directories above.
        await assertSameButHoles(restoredSource(scenario), scenario.source);
      }),
  );
}

for (const [name, [tool, command, without]] of Object.entries(BY_HAND)) {
  rootForeignTest(
    [...TOOLS, tool],
    `a tree with every type of entry is restored from the stream of tar, with ${name}`,
    () =>
      withScenario(directory({}), async (scenario) => {
        await bash(`${MAKE}\n${without}`, { cwd: scenario.source });
        await scenario.backup();
        await bash(CHANGE, { cwd: scenario.source });
        await scenario.backup();
        Deno.mkdirSync(`${scenario.directory}/back`);
        const { bytes } = await streamed(scenario, await scenario.snapshot());
        Deno.writeFileSync(`${scenario.directory}/stream.tar`, bytes);
        await bash(`${command.replace(" --ignore-zeros", "")} < ../stream.tar`, {
          cwd: `${scenario.directory}/back`,
        });
        await assertSameButHoles(restoredSource(scenario), scenario.source);
      }),
  );
}
