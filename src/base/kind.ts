/** The kind of an object of this library, under a symbol that every copy of the library in a process shares. */
export const KIND: unique symbol = Symbol.for("lanegrad.kind");

/** A kind of object, under `KIND` in its class. Another copy of the library has classes of its own. */
export class Kind {
  /** @param name with its article: `a module` */
  constructor(readonly name: string) {}
}

/** `a module`, `a module from another copy of lanegrad`; undefined for other values. */
export function kindOf(value: object): string | undefined {
  const kind: unknown = Reflect.get(value, KIND);
  if (kind instanceof Kind) return kind.name;
  if (typeof kind !== "object" || kind === null) return undefined;
  const name: unknown = Reflect.get(kind, "name");
  return `${typeof name === "string" ? name : "an object"} from another copy of lanegrad`;
}
