/** Returns a word as it is typed in a shell, with quotes if it needs them. */
export function shellWord(word: string): string {
  return /^[\w./:@%+,-][\w./:=@%+,-]*$/.test(word) ? word : shellQuoted(word);
}

/** Returns a text in single quotes, in which the shell interprets no character. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
