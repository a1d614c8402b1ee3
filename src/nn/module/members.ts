/** Members of one kind by name, in properties and in arrays that are properties: `hidden`, `heads.0`. */
export function namedMembers<T>(module: object, kind: abstract new (...given: never[]) => T): [string, T][] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]): [string, T][] => {
    if (value instanceof kind) return [[name, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [string, T][] => (each instanceof kind ? [[`${name}.${i}`, each]] : []));
  });
}

/**
 * Runs `work` with the member `member` of `module` replaced, in properties and in arrays that are properties.
 * @throws TypeError when the module or the array is frozen
 */
export function withReplaced<T>(module: object, member: object, replacement: object, work: () => T): T {
  const places = Object.entries(module).flatMap(([name, value]: [string, unknown]): [object, string][] => {
    if (value === member) return [[module, name]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [object, string][] => (each === member ? [[value, String(i)]] : []));
  });
  try {
    for (const [owner, name] of places) {
      if (Reflect.set(owner, name, replacement)) continue;
      throw new TypeError(`modules: a property with a dropped weight must be writable; got read-only "${name}"`);
    }
    return work();
  } finally {
    for (const [owner, name] of places) Reflect.set(owner, name, member);
  }
}

/** Replaces members of a module, in properties and in arrays that are properties; frozen ones stay. */
export function replaceMembers(module: object, replacements: ReadonlyMap<unknown, object>): void {
  for (const [name, value] of Object.entries(module) as [string, unknown][]) {
    const replacement = replacements.get(value);
    if (replacement) Reflect.set(module, name, replacement);
    if (!Array.isArray(value)) continue;
    value.forEach((each: unknown, i) => {
      const other = replacements.get(each);
      if (other) Reflect.set(value, i, other);
    });
  }
}
