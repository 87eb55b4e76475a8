const STORAGE = ["caches", "localStorage", "sessionStorage"] as const;

/**
 * Takes away what Deno lets any code store in `$DENO_DIR/location_data` without write permission, before a config is
 * loaded, which is code. A worker that a config starts has a Cache API of its own: see THREATS, "The sandbox".
 * https://docs.deno.com/runtime/reference/web_platform_apis/#web-storage
 */
export function withdrawWebStorage(): void {
  for (const name of STORAGE) delete (globalThis as Record<string, unknown>)[name];
}
