/**
 * Settings of notifications as users write them. `notify_schema.ts` checks them.
 *
 * @module
 */

/** Notifications about each backup. They contain no file content, and no names of files that were read. */
export interface NotifyConfig {
  /** URL requested at the start (`URL/start`), after a complete backup (`URL`), and otherwise (`URL/fail`). */
  readonly ping?: UrlConfig;
  /** URL that a JSON object is posted to at the start and at the end: see `docs/EVENTS.md`. */
  readonly webhook?: UrlConfig;
  /** File for the textfile collector of Prometheus' node exporter. Its name must end in `.prom`. */
  readonly textfile?: string;
}

/** http or https URL. If it is secret, the name of an environment variable or the path of a private file that holds it. */
export type UrlConfig = string | { readonly env: string } | { readonly file: string };
