/** Codes of Node's errors where a package is not installed. */
const ABSENT: ReadonlySet<string> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** Handles a failed import of a package that users install when they need it: throws what says so. */
export function missingPackage(where: string, name: string): (cause: unknown) => never {
  return (cause) => {
    const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
    // What a browser or a bundle says has no code.
    const isFound = typeof code === "string" && !ABSENT.has(code);
    const got = isFound ? `one that fails: ${String(cause)}` : "none";
    throw new Error(`${where}: the package "${name}" must be installed (npm install ${name}); got ${got}`, { cause });
  };
}
