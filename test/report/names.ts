/** What tests of reports use of the library. */
export { Tensor, Trainer, data, manualSeed, metrics, nn, ops, optim, tensor } from "../../src/index.ts";
export { topLosses } from "../../src/study/index.ts";
