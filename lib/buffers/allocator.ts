/** Size in bytes of a chunk that is larger than what a compressor allocates at once, and smaller than a part of 16 MiB. */
const CHUNK = 15 * 1024 * 1024;

/**
 * Makes the allocator of glibc keep up to 30 MiB of free memory at the end of each heap. If two threads compress and free
 * each other's blocks, it otherwise returns memory to the system after most blocks, and the system maps and clears it again
 * for the next one, which takes half as long as the compression.
 *
 * When a large chunk is freed, glibc raises its limits to the size of the chunk and to twice that: mallopt(3),
 * M_MMAP_THRESHOLD. Other allocators ignore this.
 */
export function keepFreedMemory(): void {
  new ArrayBuffer(CHUNK).transfer(0);
}
