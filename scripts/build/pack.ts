/** Packs files of a directory with tar and gzip, reproducibly: the same files give the same bytes. */
export async function pack(
  directory: string,
  names: readonly string[],
  level: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u+rwX,go-rwx",
  ];
  const script = 'directory=$1 level=$2; shift 2; tar -C "$directory" -cf - "$@" | gzip "-n$level"';
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-o", "pipefail", "-c", script, "pack", directory, String(level), ...plain, ...names],
  }).output();
  if (!success) throw new Error(`Cannot pack: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
