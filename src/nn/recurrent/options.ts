import { requireKnown, requireSwitches, requireWhole, requireWithin } from "../../base/errors.ts";

/** Dropout with one mask for all time steps (Gal and Ghahramani 2016). Each is a probability. Default: 0. */
export interface VariationalOptions {
  /** Of the input of the first layer. */
  readonly input?: number;
  /** Of h where it meets its weights, in every layer and direction. */
  readonly recurrent?: number;
  /** Of the output of every layer but the last. */
  readonly output?: number;
}

/** Probabilities of keeping the old value (Krueger et al. 2017). Default: 0. */
export interface ZoneoutOptions {
  /** Of each element of h. */
  readonly hidden?: number;
}

export interface LstmZoneoutOptions extends ZoneoutOptions {
  /** Of each element of c. */
  readonly cell?: number;
}

export interface RecurrentOptions {
  /** Layers, each on top of the one before, at most 1024. Default: 1. */
  readonly numLayers?: number;
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean;
  /** Whether x and the output are [batch, steps, ...] and not [steps, batch, ...]. Default: false. */
  readonly batchFirst?: boolean;
  /** Probability with which elements between layers are dropped while training, other ones at each time step. Default: 0. */
  readonly dropout?: number;
  /** Whether each layer also runs from the last step to the first. Default: false. */
  readonly bidirectional?: boolean;
  /** Dropout with one mask for all time steps. Default: none. */
  readonly variational?: VariationalOptions;
  /** Probabilities of keeping the old state. Default: none. */
  readonly zoneout?: ZoneoutOptions;
}

const KNOWN = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional", "variational", "zoneout"];

/** Refuses what no recurrent layer can be made of. */
export function requireRecurrent(
  name: string,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions,
  own: { readonly options: readonly string[]; readonly zoneout: readonly string[] },
): void {
  requireKnown(name, options, [...KNOWN, ...own.options]);
  requireSwitches(name, options, "bias", "batchFirst", "bidirectional");
  requireWhole(name, "inputSize", inputSize, 1);
  requireWhole(name, "hiddenSize", hiddenSize, 1);
  const { numLayers = 1, dropout = 0, variational = {}, zoneout = {} } = options;
  requireWhole(name, "numLayers", numLayers, 1);
  requireWithin(name, "numLayers", numLayers, 1, 1024);
  requireWithin(name, "dropout", dropout, 0, 1);
  requireKnown(`${name}, variational`, variational, ["input", "recurrent", "output"]);
  requireKnown(`${name}, zoneout`, zoneout, own.zoneout);
  for (const [option, p] of Object.entries(variational)) requireWithin(name, `variational.${option}`, p, 0, 1);
  for (const [option, p] of Object.entries(zoneout)) requireWithin(name, `zoneout.${option}`, p, 0, 1);
  for (const [option, p = 0] of [
    ["dropout", dropout],
    ["variational.output", variational.output],
  ] as const) {
    if (p === 0 || numLayers > 1) continue;
    throw new RangeError(
      `${name}: numLayers must be at least 2 for ${option}, which acts between layers; got ${numLayers}`,
    );
  }
}
