import type { Contender, Tool } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import { into } from "../restored.ts";
import type { Workshop } from "../workshop.ts";

/** What people write by hand: an archive through a compressor and gpg into a file, whose digest is taken. */
function pipeline(workshop: Workshop, source: string, name: string, compressor: string, seal: string): Tool {
  const [program = ""] = compressor.split(" ");
  const store = `${workshop.directory}/pipeline/${name.replaceAll(/\W+/g, "-")}`;
  return {
    needs: [program],
    backup: {
      name,
      prepare: () => bash(`rm -rf ${quoted(store)}; mkdir -p ${quoted(store)}`),
      script: `${tarOf(source)} | ${compressor} | ${seal} | tee ${quoted(`${store}/backup`)} | sha256sum`,
      store,
    },
  };
}

/** A tree as an archive; what changes meanwhile is no matter. */
function tarOf(source: string): string {
  return `{ tar -C / -cf - ${quoted(source.slice(1))} 2> /dev/null || [ $? = 1 ]; }`;
}

/** As it was done for years: `bzip2` on one core, and what gpg does by itself. */
export function oldWay(workshop: Workshop, source: string): Tool {
  const seal = `${workshop.gpg} -r ${workshop.fingerprint} -e`;
  return pipeline(workshop, source, "tar | bzip2 -9 | gpg | sha256sum", "bzip2 -9", seal);
}

/** The same with today's compressor, and nothing done twice. */
export function zstdPipeline(workshop: Workshop, source: string, threads: number): Tool {
  const name = `tar | zstd -3 -T${threads} | gpg -z0 | tee | sha256sum`;
  return pipeline(workshop, source, name, `zstd -q -3 -T${threads}`, sealWhatIsCompressed(workshop));
}

/** The best of them, with the way back. */
export function bestPipeline(workshop: Workshop, source: string): Tool {
  const tool = zstdPipeline(workshop, source, 2);
  const stored = quoted(`${tool.backup.store}/backup`);
  const restore = into(
    workshop,
    "gpg -d | zstd -d | tar x",
    (to) => `${workshop.gpg} -d ${stored} | zstd -dcq | tar -xp -C ${to}`,
  );
  return { ...tool, restore };
}

/** What no backup program can be faster than with this compression: nothing is encrypted, hashed or compared. */
export function limit(workshop: Workshop, source: string): Tool {
  const store = `${workshop.directory}/pipeline/limit`;
  const restore = into(
    workshop,
    "limit: zstd -d | tar x",
    (to) => `zstd -dcq ${quoted(`${store}/backup`)} | tar -xp -C ${to}`,
  );
  return {
    needs: ["zstd"],
    backup: {
      name: "limit: tar | zstd -3 -T2",
      prepare: () => bash(`rm -rf ${quoted(store)}; mkdir -p ${quoted(store)}`),
      script: `${tarOf(source)} | zstd -q -3 -T2 > ${quoted(`${store}/backup`)}`,
      store,
    },
    again: { name: "limit: find -ls", script: `find ${quoted(source)} -ls` },
    restore,
  };
}

/** The work of the compressor by itself: an archive that is in memory, on one core. */
export function compression({ directory }: Workshop, source: string): Contender {
  const archive = quoted(`${directory}/pipeline/archive.tar`);
  return {
    name: "zstd -3 -T1",
    prepare: () =>
      bash(`mkdir -p ${quoted(`${directory}/pipeline`)}; [ -e ${archive} ] || ${tarOf(source)} > ${archive}`),
    script: `zstd -q -3 -T1 -c ${archive}`,
  };
}

/** The best of them, to wherever `upload` puts it. */
export function pipelineTo(workshop: Workshop, source: string, upload: string): string {
  return `${tarOf(source)} | zstd -q -3 -T2 | ${sealWhatIsCompressed(workshop)} | ${upload}`;
}

function sealWhatIsCompressed({ gpg, fingerprint }: Workshop): string {
  return `${gpg} -z0 --cipher-algo AES256 -r ${fingerprint} -e`;
}
