import { shown } from "../../base/errors.ts";
import { jsonWord } from "../../base/json-number.ts";
import { Module, requireModule } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import { classOf, factoryName, isOfLibrary, lacksConfiguration } from "./library.ts";
import { type Json, MOST_ARGUMENTS, MOST_LAYERS, MOST_LEVELS, RESERVED } from "./json.ts";
import { tiedIn } from "./tied.ts";

/** What makes a model again, without its numbers, as JSON. */
export interface ModelConfiguration {
  readonly [name: string]: Json;
}

/**
 * The layers of a model, which parameters are tied and which are frozen: what `rebuilt` makes a model of. Numbers of the
 * state dict, masks of pruning, the mode and RNG states are not in it.
 *
 * A layer of this library is `{ layer, arguments }` with the name of its factory, another module `{ class, arguments }` with
 * the name of its class. A module that occurs again is `{ same: id }` of the first one.
 *
 * @throws TypeError when a class needs arguments that it does not give, or gives values that JSON cannot hold
 * @throws RangeError when there are more layers than are loaded
 */
export function configurationOf(where: string, model: Module): ModelConfiguration {
  requireModule(where, "the model", model);
  const paths = model.namedModules().length;
  if (paths > MOST_LAYERS)
    throw new RangeError(`${where}: a model must have at most ${MOST_LAYERS} layers; got ${paths}`);
  const tied = tiedIn(where, model);
  const frozen = model.namedParameters().flatMap(([name, { requiresGrad }]) => (requiresGrad ? [] : [name]));
  return {
    ...new Encoder(where).layer(model, 0),
    ...(tied.length > 0 && { tied }),
    ...(frozen.length > 0 && { frozen }),
  };
}

/** The configuration; undefined for a model that cannot be made again without code. */
export function configurationIfSavable(model: Module): ModelConfiguration | undefined {
  try {
    return configurationOf("checkpoint", model);
  } catch {
    return undefined;
  }
}

class Encoder {
  readonly #where: string;
  readonly #nodes = new Map<Module, Record<string, Json>>();
  #ids = 0;

  constructor(where: string) {
    this.#where = where;
  }

  layer(module: Module, level: number): Readonly<Record<string, Json>> {
    if (level > MOST_LEVELS) {
      throw new RangeError(
        `${this.#where}: layers must be nested at most ${MOST_LEVELS} deep; got ${module.describe()}`,
      );
    }
    const known = this.#nodes.get(module);
    if (known) return { same: (known["id"] ??= this.#ids++) };
    const node: Record<string, Json> = {};
    this.#nodes.set(module, node);
    const [kind, name, given] = this.#maker(module);
    if (given.length > MOST_ARGUMENTS) {
      throw new RangeError(
        `${this.#where}: a layer must have at most ${MOST_ARGUMENTS} arguments; got ${given.length} of ${name}`,
      );
    }
    node[kind] = name;
    node["arguments"] = given
      .slice(0, given.findLastIndex((each) => each !== undefined) + 1)
      .map((each) => this.#value(module, each, level + 1));
    if (kind === "layer" && Object.hasOwn(module, "inputNames") && module.inputNames) {
      node["inputNames"] = [...module.inputNames];
    }
    return node;
  }

  /** What makes a module again: a factory of this library, or a class. */
  #maker(module: Module): readonly ["layer" | "class", string, readonly unknown[]] {
    if (isOfLibrary(module)) {
      const given = module.configuration?.() ?? [];
      return ["layer", factoryName(given), given];
    }
    const owner = classOf(module);
    if (typeof owner !== "function" || owner.name === "") {
      throw new TypeError(
        `${this.#where}: a class must have a name, by which \`load\` finds it; got ${module.describe()}`,
      );
    }
    if (!lacksConfiguration(module)) {
      const given: unknown = module.configuration?.();
      if (Array.isArray(given)) return ["class", owner.name, given];
      throw new TypeError(`${this.#where}: configuration of ${owner.name} must give an array; got ${shown(given)}`);
    }
    if (owner.length === 0 && module.configuration === undefined) return ["class", owner.name, []];
    const why = owner.length > 0 ? "its constructor has parameters" : "it extends a layer of this library";
    throw new TypeError(
      `${this.#where}: ${owner.name} must have a method \`configuration()\` that gives the arguments of its constructor, as ${why}; got none`,
    );
  }

  #value(module: Module, value: unknown, level: number): Json {
    if (value instanceof Module) return this.layer(value, level);
    if (level > MOST_LEVELS) this.#refuse(module, `more than ${MOST_LEVELS} levels`);
    if (typeof value === "number") {
      const word = jsonWord(value);
      return word === undefined ? value : { number: word };
    }
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (Array.isArray(value)) return Array.from(value, (each) => this.#value(module, each, level + 1));
    if (typeof value !== "object" || !isPlain(value) || value instanceof Parameter) this.#refuse(module, shown(value));
    const given = Object.entries(value).filter(([, each]) => each !== undefined);
    if (given.some(([name]) => name === "__proto__")) this.#refuse(module, "__proto__");
    const entries = Object.fromEntries(given.map(([name, each]) => [name, this.#value(module, each, level + 1)]));
    return RESERVED.some((name) => Object.hasOwn(entries, name)) ? { object: entries } : entries;
  }

  #refuse(module: Module, got: string): never {
    throw new TypeError(
      `${this.#where}: the configuration of ${module.describe()} must be numbers, strings, booleans, null, modules, and arrays and objects of these; got ${got}`,
    );
  }
}

function isPlain(value: object | null): value is object {
  if (value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
