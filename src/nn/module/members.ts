/** What a module holds of one kind, in properties and in arrays that are properties, by name: `hidden`, `heads.0`. */
export function namedMembers<T>(module: object, kind: abstract new (...given: never[]) => T): [string, T][] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]): [string, T][] => {
    if (value instanceof kind) return [[name, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [string, T][] => (each instanceof kind ? [[`${name}.${i}`, each]] : []));
  });
}

/**
 * Does `work` while `other` stands in place of what `module` holds as `held`, in properties and in arrays there.
 * @throws TypeError when the module or the array is frozen
 */
export function withReplaced<T>(module: object, held: object, other: object, work: () => T): T {
  const places = Object.entries(module).flatMap(([name, value]: [string, unknown]): [object, string][] => {
    if (value === held) return [[module, name]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [object, string][] => (each === held ? [[value, String(i)]] : []));
  });
  try {
    for (const [holder, name] of places) {
      if (Reflect.set(holder, name, other)) continue;
      throw new TypeError(`modules: a property whose weight is dropped must not be frozen; got "${name}" that is`);
    }
    return work();
  } finally {
    for (const [holder, name] of places) Reflect.set(holder, name, held);
  }
}
