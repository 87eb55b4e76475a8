const STORAGE = ["caches", "localStorage", "sessionStorage"] as const;

/**
 * Removes the web storage APIs: with them any code can write to `$DENO_DIR/location_data` without write permission
 * (https://docs.deno.com/runtime/reference/web_platform_apis/#web-storage). To be called before the config is loaded,
 * which is code. A worker that a config starts still has its own Cache API: see "The sandbox" in docs/THREATS.md.
 */
export function withdrawWebStorage(): void {
  for (const name of STORAGE) delete (globalThis as Record<string, unknown>)[name];
}
