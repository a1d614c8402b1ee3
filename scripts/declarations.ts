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
  // An entry beside this one names types by aliases, `import Dataset = data.Dataset`, which may be of plain exports only.
  return result.replaceAll(/^( +export) type (?=\{)/gm, "$1 ");
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

const IMPORT = /^import (?:type )?\{ ([^}]+) \} from '[^']+';\n/gm;

/**
 * Declarations of an entry, whose imports of the library's own files become imports of what is public: `Tensor` of the
 * entry of all, `nn.Module` by its namespace.
 * @param core the declarations of the entry of all, of `withoutAliases`
 * @throws Error when something that is imported is not public
 */
export function withPublicImports(text: string, core: string): string {
  const top = exportsOf(core, /^export (?:type )?\{ (.+) \};$/gm);
  const namespaces = [...core.matchAll(/^declare namespace (\w+) \{\n((?: {2}export .*\n)+)\}$/gm)].map(
    ([, name = "", body = ""]) => [name, exportsOf(body, /\{ (.+) \};$/gm)] as const,
  );
  const lines = new Set<string>();
  const rest = text.replaceAll(IMPORT, (_, specifiers: string) => {
    for (const specifier of specifiers.split(", ")) {
      const [name = "", local = name] = specifier.replace("type ", "").split(" as ");
      const [namespace] = namespaces.find(([, members]) => members.has(name)) ?? [];
      if (top.has(name)) lines.add(`import { ${name === local ? name : `${name} as ${local}`} } from "./index.js";`);
      else if (namespace !== undefined) {
        lines.add(`import { ${namespace} } from "./index.js";`);
        lines.add(`import ${local} = ${namespace}.${name};`);
      } else throw new Error(`types: what an entry imports must be public; got ${name}`);
    }
    return "";
  });
  return `${[...lines].toSorted().join("\n")}\n${rest}`;
}

/** The names in lists of exports. */
function exportsOf(text: string, lists: RegExp): Set<string> {
  const specifiers = [...text.matchAll(lists)].flatMap(([, list = ""]) => list.split(", "));
  return new Set(specifiers.map((each) => each.replace("type ", "").split(" as ").at(-1) ?? ""));
}
