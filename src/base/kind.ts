/** What an object of this library is, by a symbol that every copy of the library in a process knows. */
export const KIND: unique symbol = Symbol.for("lanegrad.kind");

/** A kind of object: its class has one under `KIND`. Those of another copy of the library are of another class. */
export class Kind {
  /** @param name with its article: `a module` */
  constructor(readonly name: string) {}
}

/** `a module`, `a module from another copy of lanegrad`; undefined for what is no object of this library. */
export function kindOf(value: object): string | undefined {
  const kind: unknown = Reflect.get(value, KIND);
  if (kind instanceof Kind) return kind.name;
  if (typeof kind !== "object" || kind === null) return undefined;
  const name: unknown = Reflect.get(kind, "name");
  return `${typeof name === "string" ? name : "an object"} from another copy of lanegrad`;
}
