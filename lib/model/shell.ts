/** A word as it is typed in a shell: in quotes where it needs them. */
export function shellWord(word: string): string {
  return /^[\w./:@%+,-][\w./:=@%+,-]*$/.test(word) ? word : shellQuoted(word);
}

/** A text in quotes, within which the shell takes every character for itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
