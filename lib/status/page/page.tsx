import type { JSX } from "hono/jsx/jsx-runtime";
import type { HostStatus } from "../status.ts";
import type { Strangers } from "../headline.ts";
import { HostDetails } from "./host_details.tsx";
import { COLUMNS } from "./columns.ts";
import { HostRow } from "./host_row.tsx";
import { STYLE } from "./style.ts";
import { shown } from "./text.ts";

/**
 * Content security policy of a page. Nothing is loaded and no script runs: markup in a text of a host stays
 * text.
 */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Content of a page. */
export interface Page {
  /** Hosts of the page, the worst first. */
  readonly statuses: readonly HostStatus[];
  /** Title: the first sentence. */
  readonly title: string;
  /** Description of the table. */
  readonly caption: string;
  readonly strangers: Strangers;
  readonly now: Date;
  /** Other pages, by their file names. */
  readonly links: readonly (readonly [file: string, text: string])[];
}

/** Returns a page as one HTML document that needs no other file. */
export function renderPage(page: Page): string {
  return `<!doctype html>${<Document {...page} />}`;
}

function Document(page: Page): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>{page.title}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <main>
          <h1>{page.title}</h1>
          <Links links={page.links} />
          <Strange strangers={page.strangers} />
          <Fleet {...page} />
          <h2>Hosts</h2>
          {page.statuses.map((it, at) => <HostDetails key={it.host} status={it} id={`h${at}`} />)}
        </main>
        <footer>
          <p>
            Made by nightdrop from listings and signed receipts, without a private key. A host can lie in what
            it signs, but not in the store's dates, sizes and presence. Only a restore proves a backup.
          </p>
        </footer>
      </body>
    </html>
  );
}

function Fleet({ statuses, caption, now }: Page): JSX.Element {
  return (
    <div class="scroll" role="region" aria-label="Hosts" tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {COLUMNS.map((title) => <th key={title} scope="col">{title}</th>)}
          </tr>
        </thead>
        <tbody>
          {statuses.map((it, at) => <HostRow key={it.host} status={it} id={`h${at}`} now={now} />)}
        </tbody>
      </table>
    </div>
  );
}

function Links({ links }: Pick<Page, "links">): JSX.Element | null {
  if (links.length === 0) return null;
  return (
    <nav aria-label="Pages">
      <ul>
        {links.map(([file, text]) => (
          <li key={file}>
            <a href={file}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Strange({ strangers }: Pick<Page, "strangers">): JSX.Element | null {
  if (strangers.length === 0) return null;
  return (
    <ul>
      {strangers.map(({ name, place }) => (
        <li key={`${place} ${name}`}>
          <span class="warning">
            {`${place} holds snapshots of "${shown(name)}", which your config does not name`}
          </span>
        </li>
      ))}
    </ul>
  );
}
