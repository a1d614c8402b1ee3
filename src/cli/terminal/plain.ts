/** Text of a file for a terminal: control characters, which the terminal would obey, as `\u001b`. */
export function plain(text: string): string {
  return text.replaceAll(/\p{Control}/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same for text of a program with text of files in it: lines, tabs and colors stay. */
export function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[\d;]*m|[\0-\b\v-\u001f\u007f-\u009f]/g, (each) =>
    each.length > 2 ? each : plain(each),
  );
}
