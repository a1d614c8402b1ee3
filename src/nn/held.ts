/** What a module holds of one kind, in properties and in arrays that are properties, by name: `hidden`, `heads.0`. */
export function heldBy<T>(module: object, kind: abstract new (...given: never[]) => T): [string, T][] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]): [string, T][] => {
    if (value instanceof kind) return [[name, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [string, T][] => (each instanceof kind ? [[`${name}.${i}`, each]] : []));
  });
}

/** Does `work` while `other` stands in place of what `module` holds as `held`, in properties and in arrays there. */
export function withInPlace<T>(module: object, held: object, other: object, work: () => T): T {
  const places = Object.entries(module).flatMap(([name, value]: [string, unknown]): [object, string][] => {
    if (value === held) return [[module, name]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [object, string][] => (each === held ? [[value, String(i)]] : []));
  });
  for (const [holder, name] of places) Reflect.set(holder, name, other);
  try {
    return work();
  } finally {
    for (const [holder, name] of places) Reflect.set(holder, name, held);
  }
}
