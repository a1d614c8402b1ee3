import * as layers from "../layers.ts";
import type { Module } from "../module/module.ts";
import { Pool } from "../pooling.ts";
import { factoryOf } from "./made.ts";

type Factory = (...given: readonly unknown[]) => unknown;

/** The factories of the table of layers, by name: all its functions but classes, whose names begin with a capital. */
export const FACTORIES: ReadonlyMap<string, Factory> = new Map(
  Object.entries<unknown>(layers).filter((entry): entry is [string, Factory] => /^[a-z]/.test(entry[0])),
);

const NAMES: ReadonlyMap<unknown, string> = new Map([...FACTORIES].map(([name, factory]) => [factory, name]));

const CLASSES: ReadonlySet<unknown> = new Set<unknown>([...Object.values(layers), Pool]);

/** The class of an object. */
export function classOf(object: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  return typeof prototype === "object" && prototype !== null ? Reflect.get(prototype, "constructor") : undefined;
}

/** Whether a module is a layer of this library, and not of a class that extends one. */
export function isOfLibrary(module: Module): boolean {
  return CLASSES.has(classOf(module));
}

/** Whether a module has no `configuration`, or that of a layer of this library that its class extends. */
export function lacksConfiguration(module: Module): boolean {
  let owner: unknown = module;
  while (typeof owner === "object" && owner !== null && !Object.hasOwn(owner, "configuration")) {
    owner = Object.getPrototypeOf(owner);
  }
  return typeof owner !== "object" || owner === null || CLASSES.has(Reflect.get(owner, "constructor"));
}

/** The name of the factory that takes the arguments of a layer of this library. */
export function factoryName(given: readonly unknown[]): string {
  const name = NAMES.get(factoryOf(given));
  if (name === undefined)
    throw new Error("configuration: a layer must have a factory in the table of layers; got none");
  return name;
}
