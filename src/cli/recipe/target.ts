import { Tensor, data, nn } from "lanegrad";
import type { FittedSchema, Schema, SchemaDataset } from "lanegrad/data";
import { CommandError, UsageError } from "../errors.ts";

/** What is predicted: a class, yes or no, or a number. */
export type TargetKind = "category" | "boolean" | "number";

/** What the target of a schema is. @throws CommandError when it has none */
export function targetKindOf(where: string, { target }: Pick<Schema, "target">): TargetKind {
  const [column] = Object.values(target ?? {});
  if (!column) throw new CommandError(`${where}: the schema must have a target; got none`);
  if (column.role === "value") return "number";
  return column.name === "boolean" ? "boolean" : "category";
}

/** Count of a model's outputs, and what they are. */
export function outputsOf(
  kind: TargetKind,
  name: string,
  { classes }: FittedSchema,
): { readonly outputs: number; readonly outputsAre: string } {
  if (kind === "category") {
    return { outputs: classes.length, outputsAre: `one for each class of ${JSON.stringify(name)}` };
  }
  return { outputs: 1, outputsAre: `as ${JSON.stringify(name)} is ${kind === "number" ? "a number" : "yes or no"}` };
}

/**
 * The loss of a target.
 * @param balance whether rare classes count as much as frequent ones
 * @throws CommandError when numbers are to be balanced
 */
export function lossOf(where: string, kind: TargetKind, { y }: SchemaDataset, balance: boolean): nn.Loss {
  const labels = y instanceof Tensor ? y : undefined;
  if (kind === "category") {
    return nn.crossEntropyLoss(balance && labels ? { weight: data.classWeights(labels) } : {});
  }
  if (kind === "boolean") {
    const positive = labels ? Array.from(labels.data).filter((each) => each === 1).length : 0;
    return nn.bceWithLogitsLoss(balance && labels ? { posWeight: (labels.size - positive) / positive } : {});
  }
  if (!balance) return nn.mseLoss();
  throw new UsageError(`${where}: --balance must be with a target of classes; got numbers`);
}
