/** What a module holds of one kind, in properties and in arrays that are properties, by name: `hidden`, `heads.0`. */
export function heldBy<T>(module: object, kind: abstract new (...given: never[]) => T): [string, T][] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]): [string, T][] => {
    if (value instanceof kind) return [[name, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, i): [string, T][] => (each instanceof kind ? [[`${name}.${i}`, each]] : []));
  });
}
