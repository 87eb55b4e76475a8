/**
 * Returns whether the sandbox grants a permission. Used before an attempt that would be refused, because Deno records
 * attempts in its audit log (`DENO_AUDIT_PERMISSIONS`) and queries not.
 */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** Returns an environment variable; undefined if it is not set or not granted. */
export function grantedVariable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
}
