import { Trainer, nn, ops, optim } from "lanegrad";
import type { TableModel } from "./load-model.ts";
import { joinedModel } from "./pipeline.ts";
import { schemaColumns } from "./schema-columns.ts";

/** The least probability whose logarithm is taken. */
const LEAST = 2 ** -126;

/** A trainer that measures a model by the loss that its target has: it never takes a step. */
export function trainerOf({ model, schema, outputs }: TableModel): Trainer {
  const optimizer = optim.sgd({ lr: 1 });
  const kind = schemaColumns(schema).target?.kind;
  if (schema.classes.length === 0) return new Trainer(model, { loss: nn.mseLoss(), optimizer });
  if (kind === "boolean") {
    return new Trainer(model, { loss: outputs === "logits" ? nn.bceWithLogitsLoss() : nn.bceLoss(), optimizer });
  }
  const logits =
    outputs === "logits"
      ? model
      : joinedModel(model, { before: undefined, after: (x) => ops.log(ops.clamp(x, LEAST, 1)) });
  return new Trainer(logits, { loss: nn.crossEntropyLoss(), optimizer });
}
