import { type ColumnOptions, Columns } from "./columns.ts";
import type { Output } from "./output.ts";
import type { Session } from "./session.ts";

/** Length of the id of a snapshot. */
const ID_LENGTH = 33;

/**
 * Returns a function that makes the columns of a host, of which the first one is `HOST/SNAPSHOT`. For several hosts on a terminal,
 * the titles are printed once, at once, and the columns of all hosts have the same widths.
 *
 * @param name Name of the only host; undefined for all hosts.
 * @param least Widths that suffice for the usual cells, by column.
 */
export async function hostColumns(
  session: Session,
  name: string | undefined,
  options: ColumnOptions,
  least: readonly number[],
): Promise<(output: Output) => Columns> {
  const hosts = await session.hostOrAll(name);
  if (hosts.length === 1) return (output) => new Columns(output, options);
  const { titles = [], ...rest } = options;
  const longest = Math.max(...hosts.map((host) => host.name.length));
  const widths = titles.map((title, at) =>
    Math.max(title.length, at === 0 ? longest + 1 + ID_LENGTH : least[at] ?? 0)
  );
  new Columns(session.output, { ...rest, titles, widths }).begin();
  return (output) => new Columns(output, { ...rest, widths });
}
