/** Initial values, with PyTorch's names and formulas. Each fills a parameter from its own random stream and returns it. */
import { ShapeError, requireInstance, requireOneOf, requireWithin, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { fillNormal, fillUniform, nextRngState } from "../runtime/random.ts";
import { printShape, sizeOf } from "../base/tensor.ts";
import { Parameter } from "./module/parameter.ts";

export interface KaimingOptions {
  /** Slope of the leaky ReLU after the layer, for `nonlinearity` "leakyRelu". Default: 0. */
  readonly a?: number;
  /** Whether variance is preserved in the forward pass (fanIn) or in the backward pass (fanOut). Default: "fanIn". */
  readonly mode?: "fanIn" | "fanOut";
  /** The nonlinearity after the layer. Default: "leakyRelu". */
  readonly nonlinearity?: Nonlinearity;
}

export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/**
 * The recommended factor of the standard deviation before a nonlinearity.
 * Source: https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
 * @param slope of the leaky ReLU
 * @throws RangeError when the nonlinearity is unknown or the slope is not finite
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  requireWithin("calculateGain", "slope", slope, -Infinity, Infinity);
  const gains: Record<Nonlinearity, number> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope * slope)),
    selu: 3 / 4,
  };
  if (typeof nonlinearity === "string" && Object.hasOwn(gains, nonlinearity)) return gains[nonlinearity];
  throw new RangeError(
    `calculateGain: nonlinearity must be one of ${Object.keys(gains).join(", ")}; got ${shown(nonlinearity)}`,
  );
}

/**
 * Uniform in [low, high).
 * @throws RangeError when low or high is not finite, or low is above high
 */
export function uniform(parameter: Parameter, low = 0, high = 1): Parameter {
  requireWithin("uniform", "low", low, -Infinity, Infinity);
  requireWithin("uniform", "high", high, low, Infinity);
  requireParameter("uniform", parameter);
  const state = nextRngState();
  parameter.initialize(() => fillUniform(parameter, state, low, high));
  return parameter;
}

/**
 * Normal with mean and standard deviation.
 * @throws RangeError when mean or std is not finite, or std is below 0
 */
export function normal(parameter: Parameter, mean = 0, std = 1): Parameter {
  requireWithin("normal", "mean", mean, -Infinity, Infinity);
  requireWithin("normal", "std", std, 0, Infinity);
  requireParameter("normal", parameter);
  const state = nextRngState();
  parameter.initialize(() => fillNormal(parameter, state, mean, std));
  return parameter;
}

/**
 * Sets every element to `value`.
 * @throws RangeError when value is not finite
 */
export function constant(parameter: Parameter, value: number): Parameter {
  requireWithin("constant", "value", value, -Infinity, Infinity);
  requireParameter("constant", parameter);
  parameter.initialize(() => parameter.write().fill(value));
  return parameter;
}

/**
 * Uniform in ±gain √(3 / fan). Source: He et al. 2015, https://arxiv.org/abs/1502.01852
 * @throws RangeError or TypeError when an option is out of its range or unknown
 * @throws ShapeError when the parameter has fewer than two axes
 */
export function kaimingUniform(parameter: Parameter, options: KaimingOptions = {}): Parameter {
  const bound = Math.sqrt(3) * kaimingDeviation(parameter, options);
  return uniform(parameter, -bound, bound);
}

/**
 * Normal with standard deviation gain / √fan. Source: He et al. 2015, https://arxiv.org/abs/1502.01852
 * @throws RangeError or TypeError when an option is out of its range or unknown
 * @throws ShapeError when the parameter has fewer than two axes
 */
export function kaimingNormal(parameter: Parameter, options: KaimingOptions = {}): Parameter {
  return normal(parameter, 0, kaimingDeviation(parameter, options));
}

/**
 * Uniform in ±gain √(6 / (fanIn + fanOut)). Source: Glorot and Bengio 2010
 * @throws RangeError when gain is not a finite number of at least 0
 * @throws ShapeError when the parameter has fewer than two axes
 */
export function xavierUniform(parameter: Parameter, gain = 1): Parameter {
  const bound = Math.sqrt(3) * xavierDeviation(parameter, gain);
  return uniform(parameter, -bound, bound);
}

/**
 * Normal with standard deviation gain √(2 / (fanIn + fanOut)). Source: Glorot and Bengio 2010
 * @throws RangeError when gain is not a finite number of at least 0
 * @throws ShapeError when the parameter has fewer than two axes
 */
export function xavierNormal(parameter: Parameter, gain = 1): Parameter {
  return normal(parameter, 0, xavierDeviation(parameter, gain));
}

function kaimingDeviation(parameter: Parameter, options: KaimingOptions): number {
  const { a, mode, nonlinearity } = withDefaults("kaiming", options, {
    a: 0,
    mode: "fanIn",
    nonlinearity: "leakyRelu",
  });
  const fans = fansOf("kaiming", parameter);
  requireOneOf("kaiming", "mode", mode, ["fanIn", "fanOut"]);
  return calculateGain(nonlinearity, a) / Math.sqrt(fans[mode]);
}

function xavierDeviation(parameter: Parameter, gain: number): number {
  requireWithin("xavier", "gain", gain, 0, Infinity);
  const { fanIn, fanOut } = fansOf("xavier", parameter);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function requireParameter(where: string, parameter: Parameter): void {
  requireInstance(where, "the parameter", parameter, Parameter, "a parameter");
}

/** Inputs per output of a weight [out, in, ...], and outputs per input. */
function fansOf(where: string, parameter: Parameter): { fanIn: number; fanOut: number } {
  requireParameter(where, parameter);
  const [outputs, inputs, ...field] = parameter.shape;
  if (outputs === undefined || inputs === undefined) {
    throw new ShapeError(`${where}: the parameter must have at least two axes; got ${printShape(parameter.shape)}`);
  }
  const kernel = sizeOf(field);
  return { fanIn: inputs * kernel, fanOut: outputs * kernel };
}
