import * as v from "valibot";
import { type FieldContext, shape } from "./fields.ts";
import { urlReference } from "./notify_schema.ts";
import type { NotifyingCommand } from "./notifying_commands.ts";
import { describeIssue } from "./problem.ts";
import type { UrlReference } from "./types.ts";

/** URLs that are notified after a command. */
export interface OwnerUrls {
  /** URL requested after each run: as it is if nothing was found, else with `/fail`. */
  readonly ping: UrlReference | undefined;
  /** URL that a JSON object with the findings is posted to. */
  readonly webhook: UrlReference | undefined;
}

/** Settings of the owner's machine. They are never part of a host's kit. */
export interface Owner {
  readonly notify: Readonly<Record<NotifyingCommand, OwnerUrls>>;
}

const NO_URLS: OwnerUrls = { ping: undefined, webhook: undefined };

/** Owner without a config, who gets no notifications. */
export const NO_OWNER: Owner = { notify: { status: NO_URLS, verify: NO_URLS, drill: NO_URLS } };

/** Returns the schema of a config's keys for the owner's machine. */
function ownerSchema(place: FieldContext): v.GenericSchema<unknown, { readonly owner: Owner }> {
  const url = v.optional(urlReference(place));
  const urls = v.pipe(
    shape({ ping: url, webhook: url }),
    v.transform(({ ping, webhook }): OwnerUrls => ({ ping, webhook })),
  );
  const optional = v.optional(urls, {});
  const notify = shape({ status: optional, verify: optional, drill: optional });
  return shape({ owner: v.optional(shape({ notify: v.optional(notify, {}) }), {}) });
}

/**
 * Parses `owner`, the setting of a config for the owner's machine.
 *
 * @param directory Absolute directory of the config file.
 * @returns The value, or the lines of its problems.
 */
export function parseOwner(owner: unknown, directory: string): Owner | readonly string[] {
  const schema = ownerSchema({ host: undefined, directory, stateDirectory: "" });
  const { success, output, issues } = v.safeParse(schema, { owner }, { abortPipeEarly: true });
  return success ? output.owner : issues.map((issue) => describeIssue(issue, []));
}

/** Returns the URLs of all notifications. */
export function ownerUrls({ notify }: Owner): UrlReference[] {
  return Object.values(notify).flatMap(({ ping, webhook }) => [ping, webhook]).filter((it) =>
    it !== undefined
  );
}
