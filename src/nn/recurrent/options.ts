import { requireSwitch, requireWhole, requireWithin } from "../../base/errors.ts";
import { type Defaults, withDefaults } from "../../base/options.ts";

/** Probabilities of dropout with one mask for all time steps (Gal and Ghahramani 2016). Default: 0. */
export interface VariationalOptions {
  /** For the input of the first layer. */
  readonly input?: number;
  /** For h(t - 1) in the product with W_hh, in every layer and direction. */
  readonly recurrent?: number;
  /** For the output of every layer except the last. */
  readonly output?: number;
}

/** Probabilities that an element keeps its value of the previous step (Krueger et al. 2017). Default: 0. */
export interface ZoneoutOptions {
  /** For elements of h. */
  readonly hidden?: number;
}

export interface LstmZoneoutOptions extends ZoneoutOptions {
  /** For elements of c. */
  readonly cell?: number;
}

export interface RecurrentOptions {
  /** Number of stacked layers, at most 1024. Default: 1. */
  readonly numLayers?: number;
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean;
  /** Whether x and the output are [batch, steps, ...] and not [steps, batch, ...]. Default: false. */
  readonly batchFirst?: boolean;
  /** Probability that an element between layers is dropped while training, with a new mask at each time step. Default: 0. */
  readonly dropout?: number;
  /** Whether each layer also runs from the last step to the first. Default: false. */
  readonly bidirectional?: boolean;
  /** Dropout with one mask for all time steps. Default: none. */
  readonly variational?: VariationalOptions;
  /** Probabilities that elements of the state keep their value of the previous step. Default: none. */
  readonly zoneout?: ZoneoutOptions;
}

export const RECURRENT_DEFAULTS = {
  numLayers: 1,
  bias: true,
  batchFirst: false,
  dropout: undefined,
  bidirectional: false,
  variational: {},
  zoneout: {},
} as const satisfies Defaults<RecurrentOptions>;

/** Options with defaults filled in. An undefined probability creates no dropout layer; 0 creates one. */
export interface RecurrentSettings extends Required<Omit<RecurrentOptions, "dropout" | "variational" | "zoneout">> {
  readonly dropout: number | undefined;
  readonly variational: Probabilities<keyof VariationalOptions>;
  readonly zoneout: Probabilities<"hidden"> & Partial<Probabilities<"cell">>;
}

type Probabilities<Name extends string> = Readonly<Record<Name, number | undefined>>;

/** `options` with those of variational dropout filled in, after a check of everything that recurrent layers share. */
export function recurrentSettings(
  name: string,
  inputSize: number,
  hiddenSize: number,
  options: Omit<RecurrentSettings, "variational"> & { readonly variational: VariationalOptions },
): RecurrentSettings {
  const { numLayers, bias, batchFirst, bidirectional, dropout, zoneout } = options;
  requireSwitch(name, "bias", bias);
  requireSwitch(name, "batchFirst", batchFirst);
  requireSwitch(name, "bidirectional", bidirectional);
  requireWhole(name, "inputSize", inputSize, 1);
  requireWhole(name, "hiddenSize", hiddenSize, 1);
  requireWhole(name, "numLayers", numLayers, 1);
  requireWithin(name, "numLayers", numLayers, 1, 1024);
  const variational = withDefaults(`${name}, variational`, options.variational, {
    input: undefined,
    recurrent: undefined,
    output: undefined,
  });
  const probabilities = [
    ["dropout", dropout],
    ...Object.entries(variational).map(([option, p]) => [`variational.${option}`, p] as const),
    ...Object.entries(zoneout).map(([option, p]) => [`zoneout.${option}`, p] as const),
  ] as const;
  for (const [option, p] of probabilities) if (p !== undefined) requireWithin(name, option, p, 0, 1);
  for (const [option, p = 0] of [
    ["dropout", dropout],
    ["variational.output", variational.output],
  ] as const) {
    if (p === 0 || numLayers > 1) continue;
    throw new RangeError(
      `${name}: numLayers must be at least 2 for ${option}, which acts between layers; got ${numLayers}`,
    );
  }
  return { ...options, variational };
}
