/** A word of a command that is shown, which shells take as it is. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word)) return word;
  if (!/["$`\\!%]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
