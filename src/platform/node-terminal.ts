import type { Terminal } from "./platform.ts";

const CLEAR = "\r\u001b[K"; // carriage return, erase to the end of the line
const COLUMNS = 80; // of terminals that do not know their width

type Write = NodeJS.WriteStream["write"];

/** The live line; "" for none. */
let line = "";
/** Takes the place of each stream's `write` while there is a live line; what it was before. */
const replaced = new Map<NodeJS.WriteStream, Write>();

/** Standard output, if it is a terminal. */
export function terminal(): Terminal | undefined {
  const { stdout, stderr } = process;
  if (!stdout.isTTY) return undefined;
  return {
    live: (text) => {
      const write = writeOf(stdout);
      const next = text.slice(0, (stdout.columns || COLUMNS) - 1);
      if (line !== "" || next !== "") write.call(stdout, CLEAR + next);
      line = next;
      if (line === "") return restore();
      if (replaced.size > 0) return;
      for (const stream of [stdout, stderr]) if (stream.isTTY) replace(stream, stdout);
    },
  };
}

/** What a stream's `write` is without a live line. */
function writeOf(stream: NodeJS.WriteStream): Write {
  return replaced.get(stream) ?? Reflect.get(stream, "write");
}

/** Makes a stream write above the live line: what other code prints stays, and the line follows it. */
function replace(stream: NodeJS.WriteStream, stdout: NodeJS.WriteStream): void {
  const former = writeOf(stream);
  const above = (...args: Parameters<Write>): boolean => {
    const write = writeOf(stdout);
    write.call(stdout, CLEAR);
    const isWritten = former.apply(stream, args);
    // Unfinished lines of others stay as they are: the live line comes back with its next change.
    if (typeof args[0] === "string" && args[0].endsWith("\n")) write.call(stdout, line);
    return isWritten;
  };
  replaced.set(stream, former);
  stream.write = above as Write;
}

function restore(): void {
  for (const [stream, write] of replaced) stream.write = write;
  replaced.clear();
}
