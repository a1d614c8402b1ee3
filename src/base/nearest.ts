const LONGEST = 64; // characters that are compared
const MOST = 3; // names

/** The names that a misspelt one may mean, nearest first, at most 3: those that differ in at most 40 % of its characters, in any case. */
export function nearest(word: string, names: Iterable<string>): readonly string[] {
  const most = Math.max(1, Math.round(Math.min(word.length, LONGEST) * 0.4));
  return Array.from(names, (name) => ({ name, distance: distance(word, name) }))
    .filter((each) => each.distance <= most)
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** ` (did you mean "price"?)` after a misspelt name; an empty text if no name is near. */
export function suggestion(word: unknown, names: Iterable<string>): string {
  const near = typeof word === "string" ? nearest(word, names) : [];
  return near.length === 0 ? "" : ` (did you mean ${near.map((name) => JSON.stringify(name)).join(" or ")}?)`;
}

/** Count of characters to insert, delete or replace. Source: Levenshtein 1966 */
function distance(a: string, b: string): number {
  const [from, to] = [lettersOf(a), lettersOf(b)];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  from.forEach((letter, i) => {
    const next = [i + 1];
    to.forEach((other, j) => {
      const replaced = (row[j] ?? 0) + Number(letter !== other);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  });
  return row.at(-1) ?? 0;
}

function lettersOf(text: string): readonly string[] {
  return Array.from(text.slice(0, LONGEST).toLowerCase());
}
