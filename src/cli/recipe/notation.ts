import { type CommandError, UsageError } from "../errors.ts";

/** A layer of the notation. */
export type Layer =
  | { readonly kind: "linear"; readonly width: number; readonly text: string; readonly position: number }
  | { readonly kind: "conv"; readonly channels: number; readonly text: string; readonly position: number }
  | { readonly kind: "pool"; readonly size: number; readonly text: string; readonly position: number };

const WIDEST = 2 ** 16;
const FORM = 'layers joined by "-": widths as 64, for images also conv32 and pool2 before them';

/**
 * The layers of a notation: `512-512-10` are linear layers with these outputs, `conv32-pool2-10` a convolution of 3 x 3 with 32
 * channels, a maximum over 2 x 2, and a linear layer.
 *
 * @param where the command, which begins its errors
 * @throws CommandError that names the position, counted from 1, of what is wrong
 */
export function parseNotation(where: string, notation: string): readonly Layer[] {
  let next = 1;
  const layers = notation.split("-").map((text): Layer => {
    const position = next;
    next += text.length + 1;
    return layerOf(where, notation, text, position);
  });
  const firstLinear = layers.findIndex(({ kind }) => kind === "linear");
  const late = layers.find(({ kind }, i) => kind !== "linear" && firstLinear >= 0 && i > firstLinear);
  if (late) {
    throw wrong(
      where,
      notation,
      `${late.kind} layers must be before widths; got ${late.text} at position ${late.position}`,
    );
  }
  const last = layers.at(-1);
  if (last && last.kind !== "linear") {
    throw wrong(where, notation, `the last layer must be a width, the number of outputs; got ${last.text}`);
  }
  return layers;
}

function layerOf(where: string, notation: string, text: string, position: number): Layer {
  const [, word, digits] = /^(conv|pool|)([0-9]+)$/i.exec(text) ?? [];
  if (word === undefined || digits === undefined) {
    const got = text === "" ? `nothing at position ${position}` : `${JSON.stringify(text)} at position ${position}`;
    const known = /^([cp][a-z]*)(\d+)$/i.exec(text);
    const meant = known ? `${known[1]?.toLowerCase().startsWith("c") ? "conv" : "pool"}${known[2]}` : undefined;
    const hint = /^linear|^fc|^dense/i.test(text) ? "a linear layer is its width alone: 64" : undefined;
    throw wrong(
      where,
      notation,
      `--model must be ${FORM}; got ${got}`,
      meant ? `did you mean ${JSON.stringify(meant)}?` : hint,
    );
  }
  const size = Number(digits);
  if (!(size >= 1 && size <= WIDEST)) {
    throw wrong(where, notation, `sizes of layers must be from 1 to ${WIDEST}; got ${digits} at position ${position}`);
  }
  if (word.toLowerCase() === "conv") return { kind: "conv", channels: size, text, position };
  if (word.toLowerCase() === "pool") return { kind: "pool", size, text, position };
  return { kind: "linear", width: size, text, position };
}

function wrong(where: string, notation: string, problem: string, hint?: string): CommandError {
  return new UsageError(`${where}: ${problem} in ${JSON.stringify(notation)}`, hint);
}
