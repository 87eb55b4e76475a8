import type { Entry } from "../../lib/model/entry.ts";
import { must } from "../support/foreign.ts";

const PYTHON = `
import hashlib, json, sys, tarfile
types = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo"}
for m in (tar := tarfile.open(sys.argv[1], errorlevel=2)):
    entry = dict(path=m.name, type=types[m.type], size=m.size, mode=m.mode, uid=m.uid, gid=m.gid, user=m.uname,
                 group=m.gname, mtime=round(m.mtime * 1000), offset=m.offset_data)
    if m.type in (b"1", b"2"): entry["link"] = m.linkname
    if m.type in (b"3", b"4"): entry["device"] = dict(major=m.devmajor, minor=m.devminor)
    if len(sys.argv) < 3 and m.isreg(): entry["sha256"] = hashlib.sha256(tar.extractfile(m).read()).hexdigest()
    print(json.dumps(entry))
`;

/** Entries as Python's tarfile lists them, and the SHA-256 of what they hold unless that is not wanted. */
export async function pythonLists(
  path: string,
  ...how: string[]
): Promise<(Entry & { sha256?: string; offset?: number })[]> {
  const { text } = await must("python3", ["-c", PYTHON, path, ...how]);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
