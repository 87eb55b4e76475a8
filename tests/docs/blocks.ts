/** The code blocks of a document, in order: what readers copy. */
export function blocks(document: string, language: string): string[] {
  const text = Deno.readTextFileSync(new URL(`../../${document}`, import.meta.url));
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) =>
    match[1]!
  );
}
