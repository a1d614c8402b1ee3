/** The parameter types of compiled kernels. */

/** A letter for each number type of WebAssembly, by its code. */
const TYPE_LETTERS: Readonly<Partial<Record<number, string>>> = { 0x7f: "i", 0x7d: "f", 0x7c: "d" };

/**
 * For each kernel a letter for each parameter: i for i32, f for f32, d for f64, without trailing i. Kernels with only i are
 * omitted.
 */
export function signaturesOf(module: Uint8Array): Record<string, string> {
  const trimmed = [...parametersOf(module)].map(([name, types]) => [name, types.replace(/i*$/, "")] as const);
  return Object.fromEntries(trimmed.filter(([, types]) => types !== ""));
}

/** The parameter types of every function that a module exports, read from its sections (WebAssembly 2.0, 5.5). */
function parametersOf(module: Uint8Array): Map<string, string> {
  let at = 8; // past the magic number and the version
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const list = <T>(item: () => T): T[] => Array.from({ length: number() }, item);
  const types: string[] = [];
  const functions: number[] = [];
  const found = new Map<string, string>();
  while (at < module.length) {
    const section = module[at++];
    const length = number();
    const end = at + length;
    if (section === 1) {
      list(() => {
        at++; // the form: a function
        types.push(list(() => TYPE_LETTERS[module[at++] ?? 0] ?? "?").join(""));
        list(() => at++); // results
      });
    }
    if (section === 3) functions.push(...list(number));
    if (section === 7) {
      list(() => {
        const size = number();
        const name = Buffer.from(module.subarray(at, at + size)).toString();
        at += size;
        const kind = module[at++];
        const index = number();
        // Only memory is imported, so function indices start at the first function of the module.
        if (kind === 0) found.set(name, types[functions[index] ?? -1] ?? "");
      });
    }
    at = end;
  }
  return found;
}
