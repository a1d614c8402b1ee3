import { FormatError, StateDictError, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { visible } from "../base/shown.ts";
import { type Dtype, type Shape, printShape, sameShape, sizeOf } from "../base/tensor.ts";
import { type SafetensorsHeader, readDtype, readHeader, readNumbers, readTensor } from "../files/safetensors/index.ts";
import { PieceReader } from "../files/pieces.ts";
import { type ByteSource, type FileLike, withSource } from "../files/source.ts";
import { Variable } from "../memory/variable.ts";
import { rebuilt } from "../nn/configuration/decode.ts";
import type { Module } from "../nn/module/module.ts";
import { Parameter } from "../nn/module/parameter.ts";
import { stateOf } from "../nn/module/state.ts";
import { misfitScale, scaleName, writeScaled } from "./scales.ts";
import { CONFIGURATION, IN_CHECKPOINT, IN_MODEL, type Prefixes, VERSION } from "../files/model-file.ts";

export interface LoadOptions {
  /** Classes of one's own that the model has, by name: `{ MyLayer }`. Default: none. */
  readonly classes?: Readonly<Record<string, new (...given: never[]) => Module>>;
}

/** The names of a model's tensors in a file, without what stands before them. */
interface ModelTensors {
  readonly before: Prefixes;
  readonly state: ReadonlySet<string>;
  readonly masks: ReadonlySet<string>;
}

/**
 * Makes the model of a file that `save` or a checkpoint wrote, in training mode. A file runs no code: layers are made by the
 * factories of `nn`, others by the classes in `options.classes`. Sizes are checked against the file before memory is allocated.
 *
 * @throws FormatError when the file is not as the format requires, has no model, or a newer version
 * @throws StateDictError when its tensors are not those of the model
 * @throws TypeError when a class of the model is not given
 * @throws FileError when the host cannot read it
 */
export async function load(file: FileLike, options: LoadOptions = {}): Promise<Module> {
  const { classes } = withDefaults("load", options, { classes: {} });
  if (typeof classes !== "object" || classes === null) {
    throw new TypeError(`load: classes must be an object of classes by name; got ${shown(classes)}`);
  }
  return withSource("load", file, async (source) => {
    const header = await readHeader("load", source);
    const where = `load: in ${JSON.stringify(source.name)}`;
    const tensors = tensorsIn(header);
    const model = rebuilt(where, configurationIn(where, header), classes, bytesOf(header, tensors));
    await fill(where, source, header, tensors, model);
    return model;
  });
}

function configurationIn(where: string, { metadata }: SafetensorsHeader): unknown {
  const text = metadata.get(CONFIGURATION);
  if (text === undefined) {
    throw new FormatError(
      `${where}: metadata must have the configuration of a model under "${CONFIGURATION}", as \`save\` writes it; got none (make the model by code, and set its state by \`model.loadStateDict(await readSafetensors(file))\`)`,
    );
  }
  const saved = parsed(where, text);
  const version = Reflect.get(saved, "version");
  if (version !== VERSION) {
    throw new FormatError(`${where}: the version of the model must be ${VERSION}; got ${shown(version)}`);
  }
  const model: unknown = Reflect.get(saved, "model");
  if (model !== undefined) return model;
  throw new FormatError(
    `${where}: metadata "${CONFIGURATION}" must have a model; got none (a checkpoint has none if a class of the model needs arguments and has no \`configuration()\`)`,
  );
}

function parsed(where: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${where}: metadata "${CONFIGURATION}" must be JSON; got ${shown(text)}`, { cause: error });
  }
  if (typeof value === "object" && value !== null) return value;
  throw new FormatError(`${where}: metadata "${CONFIGURATION}" must be an object; got ${shown(value)}`);
}

function tensorsIn({ tensors }: SafetensorsHeader): ModelTensors {
  const names = [...tensors.keys()];
  const before = names.some((name) => name.startsWith(IN_CHECKPOINT.state)) ? IN_CHECKPOINT : IN_MODEL;
  const after = (prefix: string, each: readonly string[]): Set<string> =>
    new Set(each.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)));
  const masks = after(before.masks, names);
  const state = after(
    before.state,
    names.filter((name) => !name.startsWith(before.masks)),
  );
  return { before, state, masks };
}

/** Bytes of the state in kernel memory. */
function bytesOf({ tensors }: SafetensorsHeader, { before, state }: ModelTensors): number {
  return [...state].reduce((sum, name) => sum + 4 * sizeOf(tensors.get(before.state + name)?.shape ?? []), 0);
}

/** Reads the state of a model and the masks of its parameters, one tensor after the other. */
async function fill(
  where: string,
  source: ByteSource,
  header: SafetensorsHeader,
  tensors: ModelTensors,
  model: Module,
): Promise<void> {
  const { before, state, masks } = tensors;
  const own = new Map(stateOf(model));
  const scales = scalesIn(header, tensors, own);
  const scaleNames = new Set(scales.values());
  const problems = [
    ...[...own.keys()].flatMap((name) => (state.has(name) ? [] : [`no "${name}"`])),
    ...[...state].flatMap((name) =>
      scaleNames.has(name) ? [] : misshapen(header, before.state + name, name, own.get(name)),
    ),
    ...[...scales].flatMap(([name, scale]) =>
      misfitScale(scale, header.tensors.get(before.state + scale)?.shape ?? [], own.get(name)?.shape ?? []),
    ),
    ...[...masks].flatMap((name) => misshapen(header, before.masks + name, `mask of ${name}`, own.get(name))),
  ];
  requireNone(where, problems);
  const reader = new PieceReader(source);
  for (const [name, variable] of own) {
    const dtype = readDtype("load", source, header, before.state + name);
    const scaleOf = scales.get(name);
    const scale = scaleOf === undefined ? undefined : await readTensor("load", source, header, before.state + scaleOf);
    if (dtype !== variable.dtype && !scale) {
      requireNone(where, [`"${name}" as ${dtype} instead of ${variable.dtype}`]);
    }
    if (variable instanceof Parameter) variable.initialize(() => undefined); // all its numbers come from the file
    // The view is of this moment: memory may grow while a piece is read.
    await readNumbers("load", reader, header, before.state + name, (numbers, start) => {
      if (scale) writeScaled(numbers, start, scale, variable.shape, variable.write());
      else variable.write().set(numbers, start);
    });
  }
  for (const name of masks) {
    const { data } = await readTensor("load", source, header, before.masks + name);
    const parameter = own.get(name);
    const isMask = parameter instanceof Parameter && data.every((each) => each === 0 || each === 1);
    if (!isMask) requireNone(where, [`a mask of "${name}" that is not zeros and ones of a parameter`]);
    else prune(parameter, data);
  }
}

/** The scale of each weight that the file has as I8 and the model as float32, by the name of the weight. */
function scalesIn(
  { tensors }: SafetensorsHeader,
  { before, state }: ModelTensors,
  own: ReadonlyMap<string, Variable<Dtype>>,
): ReadonlyMap<string, string> {
  const dtypeOf = (name: string): string | undefined =>
    state.has(name) ? tensors.get(before.state + name)?.dtype : undefined;
  const small = [...own].filter(([name, { dtype }]) => dtype === "float32" && dtypeOf(name) === "I8");
  const pairs = small.map(([name]) => [name, scaleName(name)] as const);
  return new Map(pairs.filter(([, scale]) => !own.has(scale) && dtypeOf(scale) === "F32"));
}

function prune(parameter: Parameter, values: ArrayLike<number>): void {
  const mask = new Variable("mask", parameter.shape);
  mask.write().set(values);
  parameter.mask = mask;
}

/** What is wrong with the shape of a tensor in the file, for what the model has by its name. */
function misshapen(
  { tensors }: SafetensorsHeader,
  name: string,
  what: string,
  own: { readonly shape: Shape } | undefined,
): readonly string[] {
  if (!own) return [`unknown "${what}"`];
  const shape = tensors.get(name)?.shape ?? [];
  return sameShape(shape, own.shape) ? [] : [`"${what}" as ${printShape(shape)} instead of ${printShape(own.shape)}`];
}

function requireNone(where: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const shownOf = problems.slice(0, 20).join("; ");
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : "";
  throw new StateDictError(`${where}: the tensors must be those of the model; got ${visible(shownOf)}${more}`);
}
