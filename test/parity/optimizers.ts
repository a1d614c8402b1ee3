import { optim } from "../../src/index.ts";
import type { Options } from "./modules.ts";

/** Optimizers by the names of PyTorch's classes. */
export const OPTIMIZERS: Readonly<Record<string, (options: Options) => optim.Optimizer>> = {
  SGD: optim.sgd,
  Adam: optim.adam,
  AdamW: optim.adamW,
  RMSprop: optim.rmsprop,
  Adagrad: optim.adagrad,
  Adadelta: optim.adadelta,
  Adamax: optim.adamax,
  NAdam: optim.nAdam,
  RAdam: optim.rAdam,
};
