/** Text or numbers as JavaScript, also where it is part of a comment. */
export function literal(value: string | readonly number[]): string {
  const text = typeof value === "string" ? JSON.stringify(value) : `[${value.join(", ")}]`;
  return text.replaceAll("*/", "*\\/");
}

/** A property of what `object` is, which ends with `?.` where it may be missing. */
export function property(object: string, name: string): string {
  if (!isIdentifier(name)) return `${object}[${literal(name)}]`;
  return object.endsWith(".") ? `${object}${name}` : `${object}.${name}`;
}

/** The name of a property in an object literal. */
export function key(name: string): string {
  return isIdentifier(name) ? name : `[${literal(name)}]`;
}

/** The name of a property in a type. */
export function typeKey(name: string): string {
  return isIdentifier(name) ? name : literal(name);
}

/** `__proto__: x` in an object literal sets the prototype, `["__proto__"]: x` does not. */
function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__";
}
