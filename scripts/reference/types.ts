/** Types that occur in signatures. The package does not export them under these names. */
export type { Numbers, TensorJson, TensorLike } from "../../src/base/tensor.ts";
export type { Tensors } from "../../src/base/tensors.ts";
export type { Range } from "../../src/graph/range.ts";
export type { RngState } from "../../src/memory/rng-state.ts";
export type { ReadonlyNumbers, Variable } from "../../src/memory/variable.ts";
export type { Choice, Only } from "../../src/io/chosen.ts";
export type { ClassWeights } from "../../src/nn/loss/class-weights.ts";
export type { Compiled, CompiledWithState } from "../../src/nn/module/compile.ts";
export type { Extents } from "../../src/ops/convolution/window.ts";
export type { Betas } from "../../src/optim/betas.ts";
export type { Program } from "../../src/runtime/program.ts";
export type { ModuleState } from "../../src/train/state/modules-state.ts";
export type { Penalty } from "../../src/train/step/penalty.ts";
