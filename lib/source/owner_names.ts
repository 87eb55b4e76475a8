/** Names of users and groups by their numbers; empty if a number has no name. */
export interface OwnerNames {
  user(uid: number): string;
  group(gid: number): string;
}

/** Reads `/etc/passwd` and `/etc/group` once. A file that is missing or unreadable contains no names. */
export function readOwners(passwd = "/etc/passwd", group = "/etc/group"): OwnerNames {
  const users = namesIn(passwd);
  const groups = namesIn(group);
  return { user: (uid) => users.get(uid) ?? "", group: (gid) => groups.get(gid) ?? "" };
}

/**
 * Returns the names in `name:password:number:…` lines: passwd(5), group(5). The first name of a number
 * counts.
 */
function namesIn(file: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of lines(file)) {
    const [name, , number] = line.split(":");
    if (!name || number === undefined || !/^\d{1,10}$/.test(number)) continue;
    if (!names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

function lines(file: string): string[] {
  try {
    return Deno.readTextFileSync(file).split("\n");
  } catch {
    return [];
  }
}
