/** What a test of exFAT needs. */
export const EXFAT_PROGRAMS = ["mkfs.exfat", "mount.exfat-fuse", "losetup"];

/**
 * Returns lines of shell that mount a new exFAT on the existing directory `on`: by FUSE, which needs nothing of the kernel that
 * not every machine has.
 */
export function mountExfat(on: string, options = ""): string {
  return `truncate -s 64M image; mkfs.exfat image >/dev/null; loop=$(losetup -f --show image)
    trap 'losetup -d $loop' EXIT; mount.exfat-fuse ${options} $loop ${on} >/dev/null`;
}
