const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Whether arrays and objects of JSON are in each other deeper than `most`: `JSON.parse` takes much memory and time for them. */
export function isDeeperThan(most: number, json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    // Both brackets that open, and both that close, differ in this bit alone.
    else if ((code | 0x20) === 0x7b) depth++;
    else if ((code | 0x20) === 0x7d) depth--;
    if (depth > most) return true;
  }
  return false;
}

/** Index of the quote that ends the string whose first is at `start`; the length of a text that does not end it. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end;
    while (json.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return json.length;
}
