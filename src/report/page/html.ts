/** Markup. Only `html` makes it of text. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: markup as it is, all else as text. Nothing is written for undefined, null and false. */
export type Part = Html | string | number | undefined | null | false | readonly Part[];

/** Markup of a template, whose values are escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  // Indentation is that of the source.
  const [first = "", ...rest] = strings.map((each) => each.replaceAll(/\n\s*/g, "\n"));
  return new Html(rest.reduce((text, each, i) => text + markup(parts[i]) + each, first));
}

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  if (part === undefined || part === null || part === false) return "";
  return part.map(markup).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for markup and for attributes in quotes. Control characters but tabs and line feeds become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (each) => ENTITIES[each] ?? each)
    .replaceAll(/(?![\t\n])\p{Control}/gu, "\u{FFFD}");
}
