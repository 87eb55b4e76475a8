/**
 * Whether the sandbox grants something for sure. What it would refuse need not be tried: an attempt shows where permissions
 * are audited (`DENO_AUDIT_PERMISSIONS`), a question does not.
 */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** Returns an environment variable; undefined also where the sandbox does not grant it. */
export function grantedVariable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
}
