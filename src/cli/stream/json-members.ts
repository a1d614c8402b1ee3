/**
 * The members of a JSON object as the text has them: `1.0` stays `1.0`. Those of an object inside have its name before them, as
 * `size.width`.
 * @param text a valid JSON object
 */
export function membersOf(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  collect(text.trim(), "", members);
  return members;
}

function collect(text: string, before: string, members: Map<string, string>): void {
  let at = text.indexOf('"');
  while (at >= 0) {
    const keyEnd = stringEnd(text, at);
    const name = before + String(JSON.parse(text.slice(at, keyEnd)));
    const start = text.indexOf(":", keyEnd) + 1;
    const end = valueEnd(text, start);
    const value = text.slice(start, end).trim();
    if (value.startsWith("{") && value.slice(1, -1).trim() !== "") collect(value, `${name}.`, members);
    else members.set(name, value);
    at = text[end] === "," ? text.indexOf('"', end) : -1;
  }
}

/** The index behind a string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  let i = at + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
}

/** The index of the comma or bracket behind a value. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const mark = text[i];
    if (mark === '"') i = stringEnd(text, i) - 1;
    else if (mark === "{" || mark === "[") depth++;
    else if (depth > 0 && (mark === "}" || mark === "]")) depth--;
    else if (depth === 0 && (mark === "," || mark === "}")) return i;
  }
  return text.length;
}
