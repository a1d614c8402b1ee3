import { isRecord } from "./record.ts";
import { shown, shownNames } from "./shown.ts";

/** A default for every option in `Options`, undefined for an option without one: the compiler refuses a missing or unknown name. */
export type Defaults<Options extends object> = { readonly [Name in keyof Options]-?: Options[Name] | undefined };

/** `Options` with defaults filled in: undefined only for an optional one whose default is undefined. */
type Filled<Options, Given> = {
  readonly [Name in keyof Options]-?:
    | Exclude<Options[Name], undefined>
    | (AbsentIn<Options, Name> & AbsentIn<Given, Name>);
};

/** `undefined` if `T[Name]` may be undefined, else `never`. */
type AbsentIn<T, Name> = Name extends keyof T ? (undefined extends T[Name] ? undefined : never) : never;

/**
 * Options with defaults filled in; an option that is undefined takes its default. `defaults` is the only list of names:
 *
 * `const { p, scaling } = withDefaults("dropout", options, { p: 0.5, scaling: undefined })`
 *
 * Options that extend others: `withDefaults(name, options, { ...OPTIMIZER_DEFAULTS, eps: 1e-8 })`, where
 * `const OPTIMIZER_DEFAULTS = {...} as const satisfies Defaults<OptimizerOptions>`.
 *
 * @param where function or class that errors name
 * @throws TypeError when options are no object or have a name that `defaults` lacks; names are listed in its order
 */
export function withDefaults<Options extends object, const Given extends Defaults<Options>>(
  where: string,
  options: Options,
  defaults: Given & { readonly [Name in Exclude<keyof Given, keyof Options>]: never },
): Filled<Options, Given> {
  const names = Object.keys(defaults);
  requireKnown(where, options, names);
  const entries = names.map((name) => {
    const option: unknown = Reflect.get(options, name);
    return [name, option === undefined ? Reflect.get(defaults, name) : option] as const;
  });
  return Object.fromEntries(entries) as Filled<Options, Given>;
}

/** Requires an object of options whose names are all known. */
export function requireKnown(where: string, options: object, known: readonly string[]): void {
  if (!isRecord(options)) throw new TypeError(`${where}: options must be an object; got ${shown(options)}`);
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new TypeError(`${where}: options must be ${known.join(", ")}; got ${shownNames(unknown)}`);
}
