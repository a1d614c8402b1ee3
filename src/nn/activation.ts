import { requireOneOf, requirePositive, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import * as ops from "../ops/elementwise/activation.ts";
import { logSoftmax as logSoftmaxOf, softmax as softmaxOf } from "../ops/reduction/softmax.ts";
import { Module } from "./module/module.ts";
import { made, notMade } from "./configuration/made.ts";

/** A layer without parameters that applies a function and preserves the shape. */
export class Activation extends Module<"same", "same"> {
  readonly #apply: (x: Operand) => Operand;
  readonly #configuration: readonly unknown[] | undefined;

  constructor(
    readonly name: string,
    apply: (x: Operand) => Operand,
    configuration?: readonly unknown[],
  ) {
    super();
    this.#apply = apply;
    this.#configuration = configuration;
  }

  override forward(x: Operand): Operand {
    return this.#apply(x);
  }

  override configuration(): readonly unknown[] {
    return this.#configuration ?? notMade(this);
  }

  override describe(): string {
    return this.name;
  }
}

/** 1 / (1 + e^-x), element by element. */
export function sigmoid(): Activation {
  return new Activation("sigmoid", ops.sigmoid, made(sigmoid));
}

/** (e^x - e^-x) / (e^x + e^-x), element by element. */
export function tanh(): Activation {
  return new Activation("tanh", ops.tanh, made(tanh));
}

/** max(x, 0), element by element. */
export function relu(): Activation {
  return new Activation("relu", ops.relu, made(relu));
}

/** x where x > 0, else negativeSlope * x. */
export function leakyRelu(negativeSlope = 0.01): Activation {
  requireWithin("leakyRelu", "negativeSlope", negativeSlope, -Infinity, Infinity);
  return new Activation(
    `leakyRelu ${negativeSlope}`,
    (x) => ops.leakyRelu(x, negativeSlope),
    made(leakyRelu, negativeSlope),
  );
}

/** x where x > 0, else alpha * (e^x - 1). Source: Clevert et al. 2016, https://arxiv.org/abs/1511.07289 */
export function elu(alpha = 1): Activation {
  requireWithin("elu", "alpha", alpha, -Infinity, Infinity);
  return new Activation(`elu ${alpha}`, (x) => ops.elu(x, alpha), made(elu, alpha));
}

/** ELU scaled to preserve mean 0 and variance 1. Source: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515 */
export function selu(): Activation {
  return new Activation("selu", ops.selu, made(selu));
}

/**
 * x * Φ(x), exact or by the tanh approximation. Default: approximate "none".
 * Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu(options: { readonly approximate?: "none" | "tanh" } = {}): Activation {
  const { approximate } = withDefaults("gelu", options, { approximate: "none" });
  requireOneOf("gelu", "approximate", approximate, ["none", "tanh"]);
  return new Activation(
    approximate === "none" ? "gelu" : "gelu, tanh",
    (x) => ops.gelu(x, approximate),
    made(gelu, { approximate }),
  );
}

/** x * sigmoid(x). Source: Elfwing et al. 2018, https://arxiv.org/abs/1702.03118 */
export function silu(): Activation {
  return new Activation("silu", ops.silu, made(silu));
}

/** log(1 + e^(beta x)) / beta; x itself where beta x > threshold. Defaults: beta 1, threshold 20. */
export function softplus(options: { readonly beta?: number; readonly threshold?: number } = {}): Activation {
  const { beta, threshold } = withDefaults("softplus", options, { beta: 1, threshold: 20 });
  requirePositive("softplus", "beta", beta);
  requireWithin("softplus", "threshold", threshold, -Infinity, Infinity);
  return new Activation("softplus", (x) => ops.softplus(x, beta, threshold), made(softplus, { beta, threshold }));
}

/** x * tanh(log(1 + e^x)). Source: Misra 2019, https://arxiv.org/abs/1908.08681 */
export function mish(): Activation {
  return new Activation("mish", ops.mish, made(mish));
}

/** x - tanh(x). */
export function tanhshrink(): Activation {
  return new Activation("tanhshrink", ops.tanhshrink, made(tanhshrink));
}

/**
 * x where x > 0, else alpha * (e^(x / alpha) - 1). Source: Barron 2017, https://arxiv.org/abs/1704.07483
 * @throws RangeError when alpha is not a finite number above 0
 */
export function celu(alpha = 1): Activation {
  requirePositive("celu", "alpha", alpha);
  return new Activation(`celu ${alpha}`, (x) => ops.celu(x, alpha), made(celu, alpha));
}

/** log(1 / (1 + e^-x)), element by element. */
export function logSigmoid(): Activation {
  return new Activation("logSigmoid", ops.logSigmoid, made(logSigmoid));
}

/** The Heaviside step function of the perceptron: 1 where x > 0, else 0. It has no gradient. */
export function step(): Activation {
  return new Activation("step", ops.step, made(step));
}

/** e^x / sum of e^x along axis `dim`. */
export function softmax(dim = -1): Activation {
  return new Activation("softmax", (x) => softmaxOf(x, dim), made(softmax, dim));
}

/** x - log of the sum of e^x along axis `dim`. */
export function logSoftmax(dim = -1): Activation {
  return new Activation("logSoftmax", (x) => logSoftmaxOf(x, dim), made(logSoftmax, dim));
}
