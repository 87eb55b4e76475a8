/** Variables with which nightdrop writes no cache, state or records into the directories of this machine, but below `directory`. */
export function ownDirectories(directory: string): Record<string, string> {
  return { NIGHTDROP_CACHE: `${directory}/own-cache`, NIGHTDROP_STATE: `${directory}/own-state` };
}
