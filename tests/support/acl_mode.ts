/** Returns the mode that `stat` shows of a file with this access ACL: acl(5), "Correspondence between ACL entries". */
export function modeWithAcl(mode: number, acl: string): number {
  const bits = (name: string): number | undefined => {
    const rights = new RegExp(`(?:^|,)${name}::([r-][w-][x-])`).exec(acl)?.[1];
    return rights === undefined
      ? undefined
      : [...rights].reduce((all, letter) => 2 * all + Number(letter !== "-"), 0);
  };
  return (mode & 0o7000) | (bits("user")! << 6) | ((bits("mask") ?? bits("group")!) << 3) | bits("other")!;
}
