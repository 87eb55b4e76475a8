/** Updates the document with the latest figures. Sections of cases are replaced, other text is kept. */

const [BEGIN, END] = ["<!-- figures -->", "<!-- end of figures -->"];

/**
 * Puts the section of a case into a document, in the place of the one that it had, else in the order of `names`.
 *
 * @param section begins with `### NAME`.
 * @throws where the document has no place for figures.
 */
export function withSection(document: string, section: string, names: readonly string[]): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The document lacks the lines "${BEGIN}" and "${END}"`);
  const sections = document.slice(begin + BEGIN.length, end).split(/^(?=### )/m).filter((it) =>
    it.trim() !== ""
  );
  const others = sections.filter((it) => nameOf(it) !== nameOf(section));
  const all = [...others, section].sort((a, b) => names.indexOf(nameOf(a)) - names.indexOf(nameOf(b)));
  const text = all.map((it) => `\n${it.trim()}\n`).join("");
  return `${document.slice(0, begin)}${BEGIN}\n${text}\n${document.slice(end)}`;
}

function nameOf(section: string): string {
  return /^### (\w+)/.exec(section)?.[1] ?? "";
}
