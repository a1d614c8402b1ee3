/** Raw DEFLATE data, RFC 1951; section numbers are its own. */

const LONGEST = 15; // bits of a code
/** Section 3.2.5: the least length or distance of each symbol, and how many bits follow. */
const LENGTHS = ladder(3, [8, 4, 4, 4, 4, 4]);
const DISTANCES = ladder(1, [4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
const LENGTH_SYMBOLS = 29;
/** Section 3.2.7: the order in which the lengths of the codes for code lengths are written. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes have each length, and their symbols in order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * Decompresses data that expands to `length` bytes.
 * @throws RangeError when it ends early, is not DEFLATE data, or does not expand to `length` bytes
 */
export function inflate(data: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let end = 0; // of what is written
  let position = 0; // in data
  let held = 0; // bits that were read from data and not used
  let count = 0; // how many

  const bits = (wanted: number): number => {
    while (count < wanted) {
      if (position === data.length) throw malformed();
      held |= (data[position++] ?? 0) << count;
      count += 8;
    }
    const value = held & ((1 << wanted) - 1);
    held >>>= wanted;
    count -= wanted;
    return value;
  };

  const symbol = ({ counts, symbols }: Code): number => {
    let [code, first, index] = [0, 0, 0];
    for (let size = 1; size <= LONGEST; size++) {
      code |= bits(1);
      const codes = counts[size] ?? 0;
      if (code - first < codes) return symbols[index + code - first] ?? 0;
      index += codes;
      first = (first + codes) << 1;
      code <<= 1;
    }
    throw malformed();
  };

  const stored = (): void => {
    [held, count] = [0, 0];
    const size = bits(16);
    if ((bits(16) ^ size) !== 0xffff || position + size > data.length || end + size > length) throw malformed();
    out.set(data.subarray(position, position + size), end);
    position += size;
    end += size;
  };

  const codes = (): [Code, Code] => {
    const [literals, distances] = [bits(5) + 257, bits(5) + 1];
    const written = ORDER.slice(0, bits(4) + 4);
    const sizes = new Uint8Array(ORDER.length);
    for (const each of written) sizes[each] = bits(3);
    const code = codeOf(sizes);
    const all: number[] = [];
    while (all.length < literals + distances) {
      const next = symbol(code);
      if (next < 16) all.push(next);
      else if (next === 16) all.push(...Array<number>(3 + bits(2)).fill(all.at(-1) ?? 0));
      else all.push(...Array<number>(next === 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    return [codeOf(all.slice(0, literals)), codeOf(all.slice(literals))];
  };

  const compressed = ([literals, distances]: readonly [Code, Code]): void => {
    for (let next = symbol(literals); next !== 256; next = symbol(literals)) {
      if (next < 256) {
        if (end === length) throw malformed();
        out[end++] = next;
        continue;
      }
      const run = LENGTHS[next - 257];
      // The last symbol stands for the greatest length alone.
      const size = next === 256 + LENGTH_SYMBOLS ? 258 : run ? run.least + bits(run.extra) : NaN;
      const back = DISTANCES[symbol(distances)];
      const from = end - (back ? back.least + bits(back.extra) : NaN);
      if (!(from >= 0 && end + size <= length)) throw malformed();
      for (let i = 0; i < size; i++) out[end++] = out[from + i] ?? 0;
    }
  };

  let isLast = 0;
  while (isLast === 0) {
    isLast = bits(1);
    const kind = bits(2);
    if (kind === 3) throw malformed();
    if (kind === 0) stored();
    else compressed(kind === 1 ? FIXED : codes());
  }
  if (end !== length) throw malformed();
  return out;
}

/** Steps from `least` on: `widths[extra]` symbols that are followed by `extra` bits each. */
function ladder(least: number, widths: readonly number[]): { readonly least: number; readonly extra: number }[] {
  let next = least;
  return widths.flatMap((width, extra) =>
    Array.from({ length: width }, () => {
      const step = { least: next, extra };
      next += 1 << extra;
      return step;
    }),
  );
}

/** Section 3.2.2: symbols by the length of their code, then by value. */
function codeOf(sizes: ArrayLike<number>): Code {
  const counts = new Uint16Array(LONGEST + 1);
  const used = Array.from(sizes, (size, value) => ({ size, value })).filter(({ size }) => size > 0);
  for (const { size } of used) counts[size] = (counts[size] ?? 0) + 1;
  return { counts, symbols: Uint16Array.from(used.toSorted((a, b) => a.size - b.size).map(({ value }) => value)) };
}

/** Section 3.2.6. */
const FIXED = [
  codeOf(Array.from({ length: 288 }, (_, value) => (value < 144 ? 8 : value < 256 ? 9 : value < 280 ? 7 : 8))),
  codeOf(Array<number>(30).fill(5)),
] as const;

function malformed(): RangeError {
  return new RangeError("inflate: data must be whole DEFLATE data of the length that was said; got something else");
}
