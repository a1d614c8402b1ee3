import { FormatError, shown } from "../../base/errors.ts";
import { numberOfWord } from "../../base/json-number.ts";
import { isRecord } from "../../base/record.ts";
import { visible } from "../../base/shown.ts";
import { withBudget } from "../../memory/budget.ts";
import { Module } from "../module/module.ts";
import { MOST_ARGUMENTS, MOST_LAYERS, MOST_LEVELS, RESERVED } from "./json.ts";
import { FACTORIES } from "./library.ts";
import { tie } from "./tied.ts";

/** Classes by the names under which `configurationOf` saved them. */
export type Classes = Readonly<Record<string, new (...given: never[]) => Module>>;

type Maker = (...given: readonly unknown[]) => unknown;

type Fields = Readonly<Record<string, unknown>>;

/** Bytes that a layer may take beside its state, for its rates and its RNG state. */
const BYTES_OF_A_LAYER = 1024;

/** Bytes that all layers together may take beside that, for tables and the like. */
const SPARE_BYTES = 2 ** 20;

/**
 * Makes a model from its configuration; nothing of the configuration is executed but factories of layers, by name, and
 * `classes`. Sizes that need more memory than the state are refused before it is allocated.
 *
 * @param bytes of the model's state
 * @throws FormatError when the configuration is not one, or a layer refuses its arguments; with the layer's error as cause
 * @throws TypeError when a class is not in `classes`
 */
export function rebuilt(where: string, configuration: unknown, classes: Classes, bytes: number): Module {
  const decoder = new Decoder(where, classes);
  const { tied = [], frozen = [], ...root } = decoder.fields(configuration, "model");
  decoder.measure(root);
  // A class may make layers and replace them.
  const bytesOfState = decoder.classes.size > 0 ? 2 * bytes : bytes;
  const model = withBudget(bytesOfState + decoder.layers * BYTES_OF_A_LAYER + SPARE_BYTES, () =>
    decoder.layer(root, "model"),
  );
  tie(where, model, requireNames(where, "tied", tied, isNames));
  freeze(where, model, requireNames(where, "frozen", frozen, isName));
  return model;
}

function freeze(where: string, model: Module, names: readonly string[]): void {
  const parameters = new Map(model.namedParameters());
  for (const name of names) {
    const parameter = parameters.get(name);
    if (!parameter) throw new FormatError(`${where}: frozen parameters must be in the model; got ${shown(name)}`);
    parameter.requiresGrad = false;
  }
}

class Decoder {
  /** Names of classes. */
  readonly classes = new Set<string>();
  layers = 0;
  readonly #where: string;
  readonly #given: Classes;
  readonly #known = new Map<unknown, { readonly module: Module; readonly layers: number }>();
  /** Layers made so far, where one that occurs several times counts several times. */
  #paths = 0;

  constructor(where: string, classes: Classes) {
    this.#where = where;
    this.#given = classes;
  }

  /** An object. */
  fields(value: unknown, path: string): Fields {
    if (isRecord(value)) return value;
    return this.#refuse(path, "be an object", shown(value));
  }

  /** Counts the layers and finds the classes; refuses what is nested too deeply, and classes that are not given. */
  measure(root: unknown): void {
    const open: { readonly value: unknown; readonly level: number }[] = [{ value: root, level: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { value, level } = next;
      if (level > 3 * MOST_LEVELS) this.#refuse("model", `be at most ${MOST_LEVELS} layers deep`, "more");
      if (isRecord(value)) this.#measureLayer(value);
      // The names in an `object` are those of options, not of a layer.
      const members: unknown = isRecord(value) && isRecord(value["object"]) ? Object.values(value["object"]) : value;
      for (const each of Object.values<unknown>(Object(members))) {
        if (typeof each === "object" && each !== null) open.push({ value: each, level: level + 1 });
      }
    }
    if (this.layers > MOST_LAYERS) this.#refuse("model", `have at most ${MOST_LAYERS} layers`, `${this.layers}`);
    const missing = [...this.classes].filter((name) => this.#classOf(name) === undefined);
    if (missing.length === 0) return;
    throw new TypeError(
      `${this.#where}: classes of the model must be given, as { classes: { ${visible(missing.slice(0, 20).join(", "))} } }; got none of ${missing.length === 1 ? "that name" : "these names"}`,
    );
  }

  #measureLayer({ layer, class: className }: Fields): void {
    if (layer !== undefined || className !== undefined) this.layers++;
    if (typeof className === "string") this.classes.add(className);
  }

  layer(value: unknown, path: string): Module {
    const { layer, class: className, arguments: given, id, inputNames, same, ...others } = this.fields(value, path);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) this.#refuse(path, "have no other names", shown(unknown));
    if (same !== undefined) return this.#same(same, path);
    if (!Array.isArray(given)) return this.#refuse(`${path}.arguments`, "be an array", shown(given));
    if (given.length > MOST_ARGUMENTS) {
      this.#refuse(`${path}.arguments`, `be at most ${MOST_ARGUMENTS}`, `${given.length}`);
    }
    const outer = this.#paths;
    this.#paths = 0;
    const name = layer ?? className;
    const make = layer === undefined ? this.#classOf(className) : this.#factoryOf(layer);
    if (!make || (layer !== undefined && className !== undefined)) {
      return this.#refuse(path, "be a layer of this library or a class", shown(name));
    }
    const values = given.map((each: unknown, i) => this.#value(each, `${path}.arguments[${i}]`));
    const module = this.#made(make, values, `${path} (${String(name)})`);
    this.#count(path, 1);
    if (id !== undefined) {
      if (this.#known.has(id)) this.#refuse(`${path}.id`, "be given once", shown(id));
      this.#known.set(id, { module, layers: this.#paths });
    }
    this.#count(path, outer);
    if (inputNames !== undefined) {
      Object.assign(module, { inputNames: requireNames(this.#where, "inputNames", inputNames, isName) });
    }
    return module;
  }

  #same(id: unknown, path: string): Module {
    const known = this.#known.get(id);
    if (!known) return this.#refuse(`${path}.same`, "be the id of an earlier layer", shown(id));
    this.#count(path, known.layers);
    return known.module;
  }

  #value(value: unknown, path: string): unknown {
    if (Array.isArray(value)) return value.map((each: unknown, i) => this.#value(each, `${path}[${i}]`));
    if (!isRecord(value)) return value;
    const tag = RESERVED.find((name) => Object.hasOwn(value, name));
    if (tag === undefined) return this.#options(value, path);
    if (tag === "number") return this.#number(value["number"], path);
    if (tag === "object") return this.#options(this.fields(value["object"], path), path);
    return this.layer(value, path);
  }

  #options(value: Fields, path: string): Fields {
    if (Object.hasOwn(value, "__proto__")) this.#refuse(path, "have no __proto__", "one");
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.#value(each, `${path}.${name}`)]),
    );
  }

  #number(value: unknown, path: string): number {
    return numberOfWord(value) ?? this.#refuse(path, "be a number", shown(value));
  }

  #factoryOf(name: unknown): Maker | undefined {
    return typeof name === "string" ? FACTORIES.get(name) : undefined;
  }

  #classOf(name: unknown): Maker | undefined {
    if (typeof name !== "string" || !Object.hasOwn(this.#given, name)) return undefined;
    const owner: unknown = this.#given[name];
    if (typeof owner === "function") return (...values) => Reflect.construct(owner, values);
    throw new TypeError(`${this.#where}: classes.${name} must be a class; got ${shown(owner)}`);
  }

  #made(make: Maker, values: readonly unknown[], path: string): Module {
    let module: unknown;
    try {
      module = make(...values);
    } catch (error) {
      const message = error instanceof Error ? error.message : shown(error);
      throw new FormatError(`${this.#where}: ${visible(path)}: ${message}`, { cause: error });
    }
    return module instanceof Module ? module : this.#refuse(path, "make a module", shown(module));
  }

  #count(path: string, layers: number): void {
    this.#paths += layers;
    if (this.#paths > MOST_LAYERS) this.#refuse(path, `have at most ${MOST_LAYERS} layers`, "more, by repetition");
  }

  #refuse(path: string, must: string, got: string): never {
    throw new FormatError(`${this.#where}: ${visible(path)} must ${must}; got ${got}`);
  }
}

function isName(value: unknown): value is string {
  return typeof value === "string";
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isName);
}

/** An array of names or of groups of names. */
function requireNames<T>(where: string, what: string, value: unknown, is: (each: unknown) => each is T): readonly T[] {
  if (Array.isArray(value) && value.every(is)) return value;
  throw new FormatError(`${where}: ${what} must be an array of names; got ${shown(value)}`);
}
