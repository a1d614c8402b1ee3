import { minifySync } from "rolldown/utils";
import ts from "typescript";

const LONGEST = 300; // characters of a line that can be broken

/** The statements whose semicolon a line break replaces. */
const ENDED = new Set([
  ts.SyntaxKind.BreakStatement,
  ts.SyntaxKind.ContinueStatement,
  ts.SyntaxKind.ExpressionStatement,
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.ThrowStatement,
  ts.SyntaxKind.VariableStatement,
]);

/**
 * Gives local names that are short, and alike in all functions so that the code compresses well. esbuild has removed all else.
 * @throws Error when the code is no JavaScript
 */
export function minified(code: string, isModule: boolean): string {
  const mangled = minifySync(isModule ? "code.mjs" : "code.cjs", code, { compress: false, mangle: true });
  if (mangled.errors.length > 0) throw new Error(`minify: ${mangled.errors.map(({ message }) => message).join("\n")}`);
  return inLines(mangled.code);
}

/**
 * Breaks lines of code without comments, because Node prints the whole line that threw above the message of an error. A line
 * break replaces the semicolon between two statements, and is added between the parts of longer statements.
 */
export function inLines(code: string): string {
  const file = ts.createSourceFile("code.js", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const ends = new Set<number>();
  const places = new Set<number>();
  const visit = (node: ts.Node): void => {
    const start = node.getStart(file);
    if (ENDED.has(previous(node)?.kind ?? ts.SyntaxKind.Unknown) && isBetweenNames(code, start)) ends.add(start - 1);
    else if (mayBreakBefore(node, code[start - 1] ?? "")) places.add(start);
    ts.forEachChild(node, visit);
  };
  visit(file);
  let text = "";
  let [lineStart, written, place] = [0, 0, 0];
  const breakAt = (end: number, next: number): void => {
    text += `${code.slice(written, end)}\n`;
    [lineStart, written] = [next, next];
  };
  for (let i = 0; i < code.length; i++) {
    if (places.has(i)) place = i;
    if (i - lineStart >= LONGEST && place > lineStart) breakAt(place, place);
    if (ends.has(i) || code[i] === "\n") breakAt(i, i + 1);
  }
  return text + code.slice(written);
}

/** The statement before one in a list. */
function previous(node: ts.Node): ts.Statement | undefined {
  const { parent } = node;
  if (parent === undefined || !(ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)))
    return undefined;
  return parent.statements[parent.statements.findIndex((each) => each === node) - 1];
}

/** Whether a semicolon is before a name. A line that starts with a bracket or an operator would continue a statement. */
function isBetweenNames(code: string, start: number): boolean {
  return code[start - 1] === ";" && /[\w$]/.test(code[start] ?? "");
}

/** Whether a line break before a part of the code changes nothing; `before` is the character there. */
function mayBreakBefore(node: ts.Node, before: string): boolean {
  return before === "," || (/[;{}]/.test(before) && (ts.isStatement(node) || ts.isClassElement(node)));
}
