import type { FittedSchema } from "lanegrad/data";

/** The target's number v of an output w of the model: v = w spread + center. */
export interface TargetScale {
  readonly center: number;
  readonly spread: number;
}

/** The scale of a target that is a number; undefined where it is a logarithm, or the target a class. */
export function targetScale(schema: FittedSchema): TargetScale | undefined {
  const target: unknown = Reflect.get(schema.toJSON(), "target");
  const [, column]: readonly unknown[] = Array.isArray(target) ? target : [];
  const scale: unknown = Reflect.get(Object(Reflect.get(Object(column), "options")), "scale");
  if (typeof scale !== "string" || scale.startsWith("log") || schema.classes.length > 0) return undefined;
  const [center = NaN, next = NaN] = schema.values([0, 1]);
  return { center, spread: next - center };
}

/** Numbers as they are printed: a float32 of the model has seven digits, and the scale says how many are of the table. */
export function rounding(schema: FittedSchema): (value: number) => number {
  const scale = targetScale(schema);
  if (!scale) return (value) => Number(value.toPrecision(7));
  const decimals = Math.min(20, Math.max(0, Math.ceil(6 - Math.log10(scale.spread))));
  return (value) => Number(value.toFixed(decimals));
}
