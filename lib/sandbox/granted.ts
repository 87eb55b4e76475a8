import { isGranted } from "../disk/granted.ts";
import { covers, type Grant, type Grants, type Kind, KINDS } from "./grants.ts";

/** Single permission, such as `read /srv`. */
export interface Power {
  /** Kind of permission. `ffi`, native code, is outside every sandbox and never needed. */
  readonly kind: Kind | "ffi";
  /** Path, host, variable and so on; undefined for everything of the kind. */
  readonly item: string | undefined;
}

/** Returns the permissions in `wanted` that this process does not have. */
export function lacking(wanted: Grants): Power[] {
  return powers(wanted).filter((power) => !isHeld(power));
}

/**
 * Returns the permissions that this process has beyond `wanted`. Deno does not list permissions, so this queries every
 * kind as a whole, and each item of `listed`, the set that the process was started with.
 */
export function beyond(wanted: Grants, listed: Grants | undefined): Power[] {
  const kinds = KINDS.flatMap((kind): Power[] => {
    if (wanted[kind] === true) return [];
    if (isHeld({ kind, item: undefined })) return [{ kind, item: undefined }];
    const items = listed === undefined ? [] : list(listed[kind]);
    return items.filter((item) => !covers(kind, wanted[kind], item)).map((item) => ({ kind, item }))
      .filter(isHeld);
  });
  return [...kinds, ...[{ kind: "ffi", item: undefined } as const].filter(isHeld)];
}

function powers(grants: Grants): Power[] {
  return KINDS.flatMap((kind) =>
    grants[kind] === true
      ? [{ kind, item: undefined }]
      : list(grants[kind]).map((item): Power => ({ kind, item }))
  );
}

function list(grant: Grant): readonly string[] {
  return grant === true ? [] : grant;
}

function isHeld(power: Power): boolean {
  return isGranted(descriptor(power));
}

function descriptor({ kind, item }: Power): Deno.PermissionDescriptor {
  if (item === undefined) return { name: kind };
  switch (kind) {
    case "ffi":
    case "read":
    case "write":
      return { name: kind, path: item };
    case "net":
      return { name: kind, host: item };
    case "env":
      return { name: kind, variable: item };
    case "sys":
      return { name: kind, kind: item as NonNullable<Deno.SysPermissionDescriptor["kind"]> };
    case "run":
      return { name: kind, command: item };
  }
}
