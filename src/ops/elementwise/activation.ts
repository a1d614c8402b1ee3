import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { affine, negate } from "./arithmetic.ts";
import { requireFloat, requireNumber } from "../check.ts";
import { activation, activationGradient } from "./pointwise.ts";

/** 1 / (1 + e^-x). */
export function sigmoid(x: Operand): Operand {
  return activation(
    "sigmoid",
    x,
    sigmoid,
    (out) => call("sigmoid", x, out, x.size),
    (dOut, out) =>
      activationGradient("sigmoidGradient", [dOut, out], (dx) => call("sigmoidGradient", dOut, out, dx, x.size)),
  );
}

/** (e^x - e^-x) / (e^x + e^-x). */
export function tanh(x: Operand): Operand {
  return activation(
    "tanh",
    x,
    tanh,
    (out) => call("tanh", x, out, x.size),
    (dOut, out) => activationGradient("tanhGradient", [dOut, out], (dx) => call("tanhGradient", dOut, out, dx, x.size)),
  );
}

/** max(x, 0); the gradient at 0 is 0. */
export function relu(x: Operand): Operand {
  return activation(
    "relu",
    x,
    relu,
    (out) => call("relu", x, out, x.size),
    (dOut, out) => activationGradient("reluGradient", [dOut, out], (dx) => call("reluGradient", dOut, out, dx, x.size)),
  );
}

/** x where x > 0, else negativeSlope * x. */
export function leakyRelu(x: Operand, negativeSlope = 0.01): Operand {
  requireNumber("leakyRelu", "negativeSlope", negativeSlope);
  return activation(
    "leakyRelu",
    x,
    (part) => leakyRelu(part, negativeSlope),
    (out) => call("leakyRelu", x, out, negativeSlope, x.size),
    (dOut) =>
      activationGradient("leakyReluGradient", [dOut, x], (dx) =>
        call("leakyReluGradient", dOut, x, dx, negativeSlope, x.size),
      ),
    { negativeSlope },
  );
}

/** x where x > 0, else alpha * (e^x - 1). */
export function elu(x: Operand, alpha = 1): Operand {
  requireNumber("elu", "alpha", alpha);
  return activation(
    "elu",
    x,
    (part) => elu(part, alpha),
    (out) => call("elu", x, out, alpha, x.size),
    (dOut) => activationGradient("eluGradient", [dOut, x], (dx) => call("eluGradient", dOut, x, dx, alpha, x.size)),
    { alpha },
  );
}

/** scale * (x where x > 0, else alpha * (e^x - 1)) with scale 1.0507 and alpha 1.6733 (Klambauer et al. 2017). */
export function selu(x: Operand): Operand {
  return activation(
    "selu",
    x,
    selu,
    (out) => call("selu", x, out, x.size),
    (dOut) => activationGradient("seluGradient", [dOut, x], (dx) => call("seluGradient", dOut, x, dx, x.size)),
  );
}

/** x * Φ(x), Φ being the normal distribution function; with "tanh" 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function gelu(x: Operand, approximate: "none" | "tanh" = "none"): Operand {
  const kernel = approximate === "none" ? "gelu" : "geluTanh";
  return activation(
    kernel,
    x,
    (part) => gelu(part, approximate),
    (out) => call(kernel, x, out, x.size),
    (dOut) =>
      activationGradient(`${kernel}Gradient`, [dOut, x], (dx) => call(`${kernel}Gradient`, dOut, x, dx, x.size)),
  );
}

/** x * sigmoid(x). */
export function silu(x: Operand): Operand {
  return activation(
    "silu",
    x,
    silu,
    (out) => call("silu", x, out, x.size),
    (dOut) => activationGradient("siluGradient", [dOut, x], (dx) => call("siluGradient", dOut, x, dx, x.size)),
  );
}

/** log(1 + e^(beta x)) / beta; x itself where beta x > threshold. */
export function softplus(x: Operand, beta = 1, threshold = 20): Operand {
  requireNumber("softplus", "beta", beta);
  requireNumber("softplus", "threshold", threshold);
  return activation(
    "softplus",
    x,
    (part) => softplus(part, beta, threshold),
    (out) => call("softplus", x, out, beta, threshold, x.size),
    (dOut) =>
      activationGradient("softplusGradient", [dOut, x], (dx) =>
        call("softplusGradient", dOut, x, dx, beta, threshold, x.size),
      ),
    { beta, threshold },
  );
}

/** x * tanh(log(1 + e^x)). */
export function mish(x: Operand): Operand {
  return activation(
    "mish",
    x,
    mish,
    (out) => call("mish", x, out, x.size),
    (dOut) => activationGradient("mishGradient", [dOut, x], (dx) => call("mishGradient", dOut, x, dx, x.size)),
  );
}

/** x - tanh(x). */
export function tanhshrink(x: Operand): Operand {
  return activation(
    "tanhshrink",
    x,
    tanhshrink,
    (out) => call("tanhshrink", x, out, x.size),
    (dOut) =>
      activationGradient("tanhshrinkGradient", [dOut, x], (dx) => call("tanhshrinkGradient", dOut, x, dx, x.size)),
  );
}

/** x where x > 0, else alpha * (e^(x / alpha) - 1): an ELU with a continuous slope at 0. */
export function celu(x: Operand, alpha = 1): Operand {
  requireNumber("celu", "alpha", alpha);
  return alpha === 1 ? elu(x) : affine(elu(affine(x, 1 / alpha, 0)), alpha, 0);
}

/** log(1 / (1 + e^-x)). */
export function logSigmoid(x: Operand): Operand {
  return negate(softplus(negate(x)));
}

/** Heaviside's step: 1 where x > 0, else 0. It has no gradient: it would be 0 almost everywhere. */
export function step(x: Operand): Operand {
  requireFloat("step", "x", x);
  return new Operand("step", x.shape, [x], { calls: (out) => [call("step", x, out, x.size)], overwrites: [0] });
}
