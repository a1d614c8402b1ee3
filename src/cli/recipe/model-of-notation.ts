import { nn } from "lanegrad";
import type { SchemaInput } from "lanegrad/data";
import { CommandError, UsageError } from "../errors.ts";
import { ACTIVATIONS, chosen } from "./choices.ts";
import { type Layer, parseNotation } from "./notation.ts";
import type { NotationModel } from "./recipe.ts";

/** What a model takes and gives. */
export interface Ends {
  readonly inputs: Readonly<Record<string, SchemaInput>>;
  readonly outputs: number;
  /** `one for each class of "species"` */
  readonly outputsAre: string;
}

/** What flows between layers: rows of features, or images. */
type Flow =
  | { readonly features: number }
  | { readonly image: readonly [channels: number, height: number, width: number] };

/**
 * The model of a notation for some inputs. Norm, activation and dropout follow each linear layer but the last; norm and activation
 * follow each convolution, and dropout the last one if no other linear layer has it. Ids are embedded, those of a text to the mean
 * over its words.
 *
 * @throws CommandError when the notation is wrong, or does not fit inputs and outputs
 */
export function modelOfNotation(where: string, model: NotationModel, ends: Ends): nn.Module {
  const layers = parseNotation(where, model.notation);
  requireOutputs(where, model.notation, layers, ends);
  requireDropout(where, model, layers);
  const [first, flow] = firstOf(where, ends);
  const built = [...first];
  let current = flow;
  for (const layer of layers) {
    const isLast = layer === layers.at(-1);
    const [next, modules] = applied(where, model, layer, current, isLast);
    built.push(...modules);
    current = next;
  }
  const [only, ...more] = built;
  return only && more.length === 0 ? only : nn.sequential(...built);
}

/** The notation of a model that fits most data of such inputs: convolutions to at most 7 x 7 for images, else two linear layers. */
export function defaultNotation({ inputs, outputs }: Ends): string {
  const [only, ...more] = Object.values(inputs);
  const [, height = 0, width = 0] = only?.shape ?? [];
  if (more.length > 0 || only?.shape.length !== 3) return `64-64-${outputs}`;
  const blocks: string[] = [];
  for (let side = Math.min(height, width); side > 7; side = Math.floor(side / 2)) {
    blocks.push(`conv${Math.min(64, 16 << (blocks.length / 2))}`, "pool2");
  }
  return [...blocks, "64", String(outputs)].join("-");
}

function requireOutputs(
  where: string,
  notation: string,
  layers: readonly Layer[],
  { outputs, outputsAre }: Ends,
): void {
  const last = layers.at(-1);
  if (last?.kind === "linear" && last.width === outputs) return;
  throw new UsageError(
    `${where}: the last width must be ${outputs}, ${outputsAre}; got ${last?.text} in ${JSON.stringify(notation)}`,
    `--model ${[...notation.split("-").slice(0, -1), outputs].join("-")}, or ${notation}-${outputs} with one more layer`,
  );
}

/** Refuses a dropout that has no layer to follow. */
function requireDropout(where: string, { notation, dropout }: NotationModel, layers: readonly Layer[]): void {
  if (!(dropout >= 0 && dropout < 1)) {
    throw new UsageError(`${where}: --dropout must be at least 0 and below 1; got ${dropout}`);
  }
  if (dropout === 0 || layers.some(({ kind }, i) => kind === "conv" || (kind === "linear" && i < layers.length - 1)))
    return;
  throw new UsageError(
    `${where}: --dropout must be with a model of hidden layers, which it follows; got ${dropout} for ${JSON.stringify(notation)}`,
  );
}

/** What the first layers are, and what they give. */
function firstOf(where: string, { inputs }: Ends): readonly [readonly nn.Module[], Flow] {
  const named = Object.entries(inputs);
  const [only] = named;
  if (!only || named.length > 1) {
    throw new CommandError(
      `${where}: a notation must be for one input; got ${named.map(([name]) => name).join(", ")}`,
      "--model FILE takes a module file, whose function makes a model of several inputs",
    );
  }
  const [name, { shape, dtype, size }] = only;
  if (dtype === "int32" && size !== undefined) {
    // As fastai chooses widths of embeddings: enough for many categories, few for few.
    const width = Math.min(64, Math.round(1.6 * Math.exp(0.56 * Math.log(size))));
    if (shape.length === 0) return [[nn.embedding(size, width)], { features: width }];
    const words = nn.sequential(nn.embedding(size, width, { paddingIdx: 0 }), nn.maskedMean());
    return [[nn.padded(words, { paddingIdx: 0 })], { features: width }];
  }
  const [channels, height, width, ...more] = shape;
  if (channels !== undefined && height === undefined) return [[], { features: channels }];
  if (channels !== undefined && height !== undefined && width !== undefined && more.length === 0) {
    return [[], { image: [channels, height, width] }];
  }
  throw new CommandError(
    `${where}: a notation must be for features, images or ids; got ${name} of [${shape.join(", ")}]`,
  );
}

function applied(
  where: string,
  model: NotationModel,
  layer: Layer,
  flow: Flow,
  isLast: boolean,
): readonly [Flow, readonly nn.Module[]] {
  if (layer.kind === "linear") return linearOf(where, model, layer.width, flow, isLast);
  const called = `${layer.text} at position ${layer.position} of --model`;
  if (!("image" in flow)) {
    throw new UsageError(`${where}: ${called} must be for images; got ${flow.features} features`, "leave it out");
  }
  const [channels, height, width] = flow.image;
  if (layer.kind === "pool") {
    const { size } = layer;
    if (size <= Math.min(height, width)) {
      const pooled = [channels, Math.floor(height / size), Math.floor(width / size)] as const;
      return [{ image: pooled }, [nn.maxPool2d(size)]];
    }
    throw new UsageError(`${where}: ${called} must be at most the size of its input; got ${height} x ${width}`);
  }
  const norm = { none: [], batch: [nn.batchNorm2d], layer: [(count: number) => nn.groupNorm(1, count)] }[model.norm];
  const modules = [
    nn.conv2d(channels, layer.channels, 3, { padding: 1 }),
    ...norm.map((make) => make(layer.channels)),
    activationOf(where, model),
  ];
  return [{ image: [layer.channels, height, width] }, modules];
}

function linearOf(
  where: string,
  model: NotationModel,
  width: number,
  flow: Flow,
  isLast: boolean,
): readonly [Flow, readonly nn.Module[]] {
  const dropout = model.dropout > 0 ? [nn.dropout(model.dropout)] : [];
  const [flat, features] =
    "image" in flow
      ? [[nn.flatten(), ...(isLast ? dropout : [])], flow.image.reduce((a, b) => a * b)]
      : [[], flow.features];
  const linear = [...flat, nn.linear(features, width)];
  if (isLast) return [{ features: width }, linear];
  const norm = { none: [], batch: [nn.batchNorm1d], layer: [(count: number) => nn.layerNorm(count)] }[model.norm];
  return [{ features: width }, [...linear, ...norm.map((make) => make(width)), activationOf(where, model), ...dropout]];
}

function activationOf(where: string, { activation }: NotationModel): nn.Module {
  const make = chosen(ACTIVATIONS, activation);
  if (make) return make();
  throw new UsageError(
    `${where}: --activation must be one of ${Object.keys(ACTIVATIONS).join(", ")}; got ${activation}`,
  );
}
