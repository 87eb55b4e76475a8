import { attempt } from "./system.ts";

/** Removes a folder of ours and all that is below, whatever modes were set in it. Links are removed, not followed. */
export function removeTree(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.PermissionDenied) openUp(folder);
    attempt(`remove the folder "${folder}"`, () => Deno.removeSync(folder, { recursive: true }));
  }
}

/** To empty or fill a folder one needs all rights in it. `readDir` tells a link from a folder. */
export function openUp(top: string): void {
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const path = folder;
    attempt(`open the folder "${top}"`, () => Deno.chmodSync(path, 0o700));
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) folders.push(`${path}/${name}`);
    }
  }
}
