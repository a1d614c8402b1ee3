import type { Terminal } from "./platform.ts";

const CLEAR = "\r\u001b[K"; // carriage return, erase to the end of the line
const COLUMNS = 80; // of terminals that do not know their width
const MARGIN = 3; // columns at the right that stay free: the last one, and two for the ^C that terminals print
const CALM = 250; // ms for which a window must have kept its width
const LONGEST = 64; // characters at the end of a text in which sequences are looked for

type Write = NodeJS.WriteStream["write"];

/** The live line; "" for none. */
let line = "";
/** What of it is on the screen. */
let onScreen = "";
/** Whose line it is. */
let owner: Terminal | undefined;
/** Whether other code wrote the start of a line and not its end: the live line, which would erase it, waits. */
let isUnfinished = false;
/** The width at the last drawing. */
let width = 0;
/** When the window became too narrow for what was on the screen. */
let narrowedAt = -Infinity;
/** The streams that write above the live line. */
const replaced: { readonly stream: NodeJS.WriteStream; readonly former: Write; readonly above: unknown }[] = [];

/** Standard output, if it is a terminal. Of several live lines the first is shown until it is removed. */
export function terminal(): Terminal | undefined {
  const { stdout } = process;
  if (!stdout.isTTY) return undefined;
  const own: Terminal = {
    get columns() {
      return columnsOf(stdout);
    },
    live: (text) => {
      if (owner !== undefined && owner !== own) return;
      if (text === "") return end();
      if (owner === undefined) begin();
      owner = own;
      line = text;
      draw();
    },
  };
  return own;
}

/** Writes a line to standard output: above the live line, and below a line that other code did not finish. */
export function print(text: string): void {
  const { stdout } = process;
  if (isUnfinished) stdout.write("\n");
  if (onScreen === "") return void stdout.write(`${text}\n`);
  writeOf(stdout).call(stdout, `${CLEAR}${text}\n${onScreen}`);
}

function begin(): void {
  [width, narrowedAt] = [0, -Infinity];
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) replace(stream);
  process.once("exit", end); // so that the message of an uncaught error begins a line
}

function end(): void {
  line = "";
  draw();
  owner = undefined;
  isUnfinished = false;
  process.off("exit", end);
  for (const { stream, former, above } of replaced.splice(0)) if (stream.write === above) stream.write = former;
}

/** Makes a stream write above the live line: what other code prints stays, and the line follows it. */
function replace(stream: NodeJS.WriteStream): void {
  const former = writeOf(stream);
  const above = (...args: Parameters<Write>): boolean => {
    const { stdout } = process;
    // Code that replaced it too may bring it back later.
    if (!replaced.some((each) => each.above === above)) return former.apply(stream, args);
    if (onScreen !== "") writeOf(stdout).call(stdout, CLEAR);
    onScreen = "";
    const isWritten = former.apply(stream, args);
    isUnfinished = leavesUnfinished(args[0]);
    draw();
    return isWritten;
  };
  stream.write = above as Write;
  replaced.push({ stream, former, above });
}

/** What a stream's `write` is without a live line. */
function writeOf(stream: NodeJS.WriteStream): Write {
  return replaced.find((each) => each.stream === stream)?.former ?? Reflect.get(stream, "write");
}

/** Whether there is an unfinished line after a text; sequences of colours and the like take no room. */
function leavesUnfinished(written: string | Uint8Array): boolean {
  const end = written.slice(-LONGEST);
  const text = typeof end === "string" ? end : new TextDecoder().decode(end);
  // eslint-disable-next-line no-control-regex
  const last = text.replaceAll(/\u001b\[[\d;?]*[@-~]/g, "").at(-1);
  return last === undefined ? isUnfinished : last !== "\n";
}

/** Writes the live line in place of what is on the screen. */
function draw(): void {
  const { stdout } = process;
  if (isUnfinished) return;
  const now = performance.now();
  const columns = columnsOf(stdout);
  // Some windows break a line that became too long, and some cut it off: what was broken off cannot be erased safely. So
  // that it stays behind once and not many times, nothing is shown while the window becomes narrower.
  if (columns < width && (onScreen.length > columns || now - narrowedAt < CALM)) narrowedAt = now;
  width = columns;
  const next = now - narrowedAt < CALM ? "" : cut(line, columns);
  if (onScreen !== "" || next !== "") writeOf(stdout).call(stdout, CLEAR + next);
  onScreen = next;
}

function columnsOf({ columns }: NodeJS.WriteStream): number {
  return Math.max((columns || COLUMNS) - MARGIN, 0);
}

/** The start of a text that takes some columns at most; characters of East Asian scripts and pictures take two. */
function cut(text: string, columns: number): string {
  let [start, taken] = ["", 0];
  for (const each of text) {
    const code = each.codePointAt(0) ?? 0;
    taken += code < 0x1100 || (code >= 0x2000 && code < 0x2600) ? 1 : 2;
    if (taken > columns) break;
    start += each;
  }
  return start;
}
