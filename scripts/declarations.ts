/**
 * Bundled declarations as editors should show them. Rollup gives a namespace aliases of its members,
 * `declare const index_d$2_gru: typeof gru`, which have no documentation, in a namespace `index_d$2`. The functions here
 * name namespaces as they are exported, `nn`, and let them export the declarations themselves: `export { nn_gru as gru }`.
 */

interface Namespace {
  /** The name as exported: `nn`. */
  readonly name: string;
  /** The name that rollup gives it: `index_d$2`. */
  readonly bundled: string;
  /** Its exports, by rollup's names. */
  readonly members: readonly { readonly local: string; readonly name: string }[];
}

const NAMESPACE = /^declare namespace (\w+_d(?:\$\d+)?) \{\n((?: {2}export .*\n)+)\}$/gm;
const ALIAS = /^(?:type|declare const) (\w+_d(?:\$\d+)?_[\w$]+)\b.*(?: = |: typeof )([\w$]+).*\n/gm;
const SPECIFIER = /([\w$]+) as ([\w$]+)/g;
/** A comment, a string or an identifier. */
const TOKEN = /\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|[A-Za-z_$][\w$]*/g;
/** The text before an identifier that is the name of a property, a parameter or an export. */
const ELSEWHERE = /(?:[^.]\.|\bas )$/;
/** The text before a lower-case identifier that is a function; other identifiers may have the same name. */
const FUNCTION = /(?:\bfunction |\btypeof )$/;

/**
 * Renames namespaces to their exported names, and lets them export declarations instead of aliases.
 * @throws Error when the text is not as rollup writes it
 */
export function withoutAliases(text: string): string {
  const targets = new Map([...text.matchAll(ALIAS)].map(([, alias = "", target = ""]) => [alias, target]));
  const namespaces = namespacesOf(text);
  const names = new Map(namespaces.map(({ bundled, name }) => [bundled, name]));
  for (const { name, members } of namespaces) {
    for (const { local, name: member } of members) {
      if (names.has(local)) continue;
      const target = targets.get(local) ?? local;
      // A namespace cannot export a name of its outer scope under the same name.
      const renamed = names.get(target) ?? `${name}_${member}`;
      names.set(target, renamed).set(local, renamed);
    }
  }
  const result = renamed(text.replaceAll(ALIAS, ""), names);
  const [left] = /\b\w+_d\$\d+\w*|\bindex_d\w*/.exec(result) ?? [];
  if (left !== undefined) throw new Error(`types: every alias must have been replaced; got ${left}`);
  return result;
}

function namespacesOf(text: string): Namespace[] {
  const found = [...text.matchAll(NAMESPACE)];
  if (found.length === 0) throw new Error("types: there must be namespaces as rollup writes them; got none");
  return found.map(([, bundled = "", body = ""]) => {
    const [, name] = new RegExp(`(?<=[ {])${bundled.replace("$", "\\$")} as (\\w+)`).exec(text) ?? [];
    if (name === undefined) throw new Error(`types: every namespace must be exported; got ${bundled} that is not`);
    const members = [...body.matchAll(SPECIFIER)].map(([, local = "", member = ""]) => ({ local, name: member }));
    return { name, bundled, members };
  });
}

function renamed(text: string, names: ReadonlyMap<string, string>): string {
  const result = text.replaceAll(TOKEN, (token, offset: number) => {
    const name = names.get(token);
    const before = text.slice(Math.max(0, offset - 12), offset);
    if (name === undefined || ELSEWHERE.test(before)) return token;
    const isExported = text.startsWith(" as ", offset + token.length);
    return isExported || /^[A-Z]|_d\b/.test(token) || FUNCTION.test(before) ? name : token;
  });
  return result.replaceAll(/\b(\w+) as \1\b/g, "$1");
}
