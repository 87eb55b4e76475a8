import { isGranted } from "../disk/granted.ts";
import { covers, type Grant, type Grants, type Kind, KINDS } from "./grants.ts";

/** One power: `read /srv`. */
export interface Power {
  /** `ffi`, native code, is beyond every sandbox: nothing wants it. */
  readonly kind: Kind | "ffi";
  /** Undefined for all there is of the kind. */
  readonly item: string | undefined;
}

/** What of `wanted` this process was not granted. */
export function lacking(wanted: Grants): Power[] {
  return powers(wanted).filter((power) => !isHeld(power));
}

/**
 * What this process was granted and does not want. Deno tells what is granted only to those who ask for it by name, so
 * beside everything of a kind it is asked for what `listed` (the set that the process was started with) names.
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
