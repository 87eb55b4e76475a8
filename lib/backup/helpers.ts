import type { Compression } from "../model/compression.ts";
import { compressor } from "../seal/compress.ts";
import type { Helpers, HelpersAnswer } from "../seal/frames.ts";
import type { Workers } from "../workers/pool.ts";
import type { Job, JobLink } from "../workers/protocol.ts";

/** Maximum number of blocks that helpers have at a time, which limits the memory. */
const MAX_BLOCKS = 4;

/** Order to compress one block, of at least 64 KiB: the frames of small ones share their memory, which cannot be transferred. */
export interface BlockOrder {
  readonly block: Uint8Array<ArrayBuffer>;
  readonly compression: Compression;
}

/** Job of workers that compresses one block, and reports it with its frame. */
export const COMPRESS_BLOCK: Job<BlockOrder, never, HelpersAnswer, void> = {
  name: "compressBlock",
  work: compressBlock,
  isBrief: true,
};

function compressBlock(
  { block, compression }: BlockOrder,
  link: JobLink<never, HelpersAnswer>,
): Promise<void> {
  const frame = compressor(compression)(block);
  link.report({ block, frame }, [block.buffer, frame.buffer]);
  return Promise.resolve();
}

/**
 * Returns the number of blocks that helpers may have at a time: a few more than there are helpers, so that each has its next
 * block before it finishes one. One helper has three, because the thread that sends them may compress one itself in between.
 */
export function helpedBlocks(jobs: number): number {
  return jobs === 1 ? 0 : Math.min(jobs + 1, MAX_BLOCKS);
}

/** Returns the threads of a pool as helpers of a sequence that is compressed; undefined if there is only one. */
export function helpersOf(pool: Workers, compression: Compression): Helpers | undefined {
  const blocks = helpedBlocks(pool.jobs);
  return blocks === 0 ? undefined : { blocks, compress: (block) => helped(pool, { block, compression }) };
}

async function helped(pool: Workers, order: BlockOrder): Promise<HelpersAnswer> {
  let answer: HelpersAnswer = { block: order.block };
  const listener = {
    answer: (question: never): never => question,
    reported: (news: HelpersAnswer): void => void (answer = news),
  };
  await pool.offer(COMPRESS_BLOCK, order, listener, [order.block.buffer]);
  return answer;
}
