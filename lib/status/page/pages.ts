import { headline, type Strangers } from "../headline.ts";
import { type HostStatus, worstFirst } from "../status.ts";
import { renderPage } from "./page.tsx";

/** Maximum number of hosts on a page: with more, it opens slowly. */
export const HOSTS_A_PAGE = 500;

/**
 * Returns the pages of a fleet by their file names. `index.html` shows all hosts, the worst first. With more
 * than {@link HOSTS_A_PAGE} it shows only hosts that need attention, and links to pages with all hosts by
 * name.
 */
export function fleetPages(
  statuses: readonly HostStatus[],
  strangers: Strangers,
  now: Date,
): ReadonlyMap<string, string> {
  const title = headline(statuses, strangers, now);
  const index = { title, strangers, now };
  const sorted = worstFirst(statuses);
  if (statuses.length <= HOSTS_A_PAGE) {
    const caption = "All hosts, the worst first";
    return new Map([["index.html", renderPage({ ...index, statuses: sorted, caption, links: [] })]]);
  }
  const groups = pagesOf([...statuses].sort((a, b) => a.host < b.host ? -1 : 1));
  const links = groups.map((group, at) =>
    [fileOf(at), `${group[0]!.host} to ${group.at(-1)!.host}`] as const
  );
  const trouble = sorted.filter(({ state }) => state !== "good");
  const caption = trouble.length > HOSTS_A_PAGE
    ? `The ${HOSTS_A_PAGE} worst of ${trouble.length} hosts that need attention`
    : "Hosts that need attention";
  const back = [["index.html", "Hosts that need attention"]] as const;
  return new Map([
    ["index.html", renderPage({ ...index, statuses: trouble.slice(0, HOSTS_A_PAGE), caption, links })],
    ...groups.map((group, at): [string, string] => [
      fileOf(at),
      renderPage({ ...index, strangers: [], statuses: group, caption: links[at]![1], links: back }),
    ]),
  ]);
}

function pagesOf(statuses: readonly HostStatus[]): HostStatus[][] {
  return Array.from(
    { length: Math.ceil(statuses.length / HOSTS_A_PAGE) },
    (_, at) => statuses.slice(at * HOSTS_A_PAGE, (at + 1) * HOSTS_A_PAGE),
  );
}

function fileOf(at: number): string {
  return `hosts-${at + 1}.html`;
}
