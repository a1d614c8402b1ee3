/** Text of a file for a terminal: control characters, which the terminal would obey, as `\u001b`. */
export function plain(text: string): string {
  return text.replaceAll(/\p{Control}/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
