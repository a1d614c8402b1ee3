import type { Draw } from "../draw.ts";
import { border, mutateBytes, spliced, writeInteger } from "./bytes.ts";

const TOKENS: readonly [string, ...string[]] = [
  "True",
  ...Array.from("{}()[],:'\" "),
  "False",
  "None",
  "'descr'",
  "'fortran_order'",
  "'shape'",
  "'__proto__'",
  "'<f8'",
  "'>i4'",
  "'|b1'",
  "'|O'",
  "'<U4'",
  "[('a', '<f4')]",
  "0",
  "01",
  "-1",
  "1.5",
  "1e3",
  "3L",
  "0x10",
  "99999999999999999999",
  "(2, 3)",
  "()",
  "(1,)",
  "\u0000",
  "\n",
  "# comment\n",
  "__import__('os')",
];

/** A .npy file with a change of its header's text, whose length is right then, or of its bytes. */
export function mutateNpy(draw: Draw, file: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.3)) return mutateBytes(draw, file, others);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const width = file[6] === 1 ? 2 : 4;
  const start = 8 + width;
  if (file.length < start) return mutateBytes(draw, file, others);
  const end = start + (width === 2 ? view.getUint16(8, true) : view.getUint32(8, true));
  let text = new TextDecoder("latin1").decode(file.subarray(start, end));
  for (let left = 1 + draw.below(3); left > 0; left--) text = mutateText(draw, text);
  const header = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const changed = spliced(file, start, end - start, header);
  writeInteger(changed, 8, width, draw.chance(0.9) ? header.length : border(draw));
  return changed;
}

function mutateText(draw: Draw, text: string): string {
  const tokens = text.match(/'[^']*'|\w+|\s+|./gs) ?? [];
  const at = draw.below(tokens.length);
  const kind = draw.below(6);
  const token = draw.pick(TOKENS);
  if (kind === 0) tokens.splice(at, 1);
  else if (kind === 1) tokens.splice(at, 0, token);
  else if (kind === 2) tokens.splice(at, 1, token);
  else if (kind === 3) tokens.splice(at, 1, tokens[draw.below(tokens.length)] ?? "");
  else if (kind === 4) tokens.splice(at, 0, token.repeat(draw.pick([2, 70, 3000])));
  else return text.replace(/\d{1,20}(?=[,)])/, () => String(border(draw)));
  return tokens.join("");
}
