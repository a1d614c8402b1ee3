import { FormatError, StateDictError, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { printShape, sameShape, sizeOf } from "../base/tensor.ts";
import { type SafetensorsHeader, readHeader, readTensor } from "../files/safetensors/index.ts";
import { type ByteSource, type FileLike, openSource } from "../files/source.ts";
import { Variable } from "../memory/variable.ts";
import { rebuilt } from "../nn/configuration/decode.ts";
import type { Module } from "../nn/module/module.ts";
import { Parameter } from "../nn/module/parameter.ts";
import { misfit, stateOf } from "../nn/module/state.ts";
import { CONFIGURATION, IN_CHECKPOINT, MASK, VERSION, packedShape, unpack } from "./model-file.ts";

export interface LoadOptions {
  /** Classes of one's own that the model has, by name: `{ MyLayer }`. Default: none. */
  readonly classes?: Readonly<Record<string, new (...given: never[]) => Module>>;
}

/** The tensors of a model in a file, by their names in the state dict and, for masks, those of the parameters. */
interface ModelTensors {
  /** Before the names in the file. */
  readonly prefix: string;
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
  const source = await openSource("load", file);
  try {
    const header = await readHeader("load", source);
    const where = `load: in ${JSON.stringify(source.name)}`;
    const tensors = tensorsIn(header);
    const model = rebuilt(where, configurationIn(where, header), classes, bytesOf(header, tensors));
    await fill(where, source, header, tensors, model);
    return model;
  } finally {
    await source.close();
  }
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
  return Reflect.get(saved, "model");
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
  const all = [...tensors.keys()];
  const prefix = all.some((name) => name.startsWith(IN_CHECKPOINT)) ? IN_CHECKPOINT : "";
  const names = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return {
    prefix,
    state: new Set(names.filter((name) => !name.startsWith(MASK))),
    masks: new Set(names.filter((name) => name.startsWith(MASK)).map((name) => name.slice(MASK.length))),
  };
}

/** Bytes of the state in kernel memory. */
function bytesOf(header: SafetensorsHeader, { prefix, state }: ModelTensors): number {
  return [...state].reduce((sum, name) => sum + 4 * sizeOf(header.tensors.get(prefix + name)?.shape ?? []), 0);
}

/** Reads the state of a model and the masks of its parameters, one tensor after the other. */
async function fill(
  where: string,
  source: ByteSource,
  header: SafetensorsHeader,
  { prefix, state, masks }: ModelTensors,
  model: Module,
): Promise<void> {
  const own = new Map(stateOf(model));
  const shapeOf = (name: string): readonly number[] => header.tensors.get(prefix + name)?.shape ?? [];
  const problems = [...own].flatMap(([name, { shape }]) => {
    if (!state.has(name)) return [`no "${name}"`];
    const given = shapeOf(name);
    return sameShape(given, shape) ? [] : [`"${name}" as ${printShape(given)} instead of ${printShape(shape)}`];
  });
  problems.push(...[...state].filter((name) => !own.has(name)).map((name) => `unknown "${name}"`));
  for (const name of masks) {
    const pruned = own.get(name);
    if (pruned instanceof Parameter && sameShape(shapeOf(MASK + name), packedShape(pruned.size))) continue;
    problems.push(`"${MASK + name}", which is no mask of a parameter`);
  }
  requireNone(where, problems);
  for (const [name, variable] of own) {
    const tensor = await readTensor("load", source, header, prefix + name);
    const wrong = misfit(variable, tensor);
    if (wrong !== undefined) requireNone(where, [`"${name}" as ${wrong}`]);
    variable.assign(tensor.data);
  }
  for (const name of masks) {
    const tensor = await readTensor("load", source, header, prefix + MASK + name);
    const parameter = own.get(name);
    if (parameter instanceof Parameter) prune(parameter, tensor.data);
  }
}

function prune(parameter: Parameter, bits: ArrayLike<number>): void {
  const mask = new Variable("mask", parameter.shape);
  unpack(bits, mask.write());
  parameter.mask = mask;
}

function requireNone(where: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const shownOf = problems.slice(0, 20).join("; ");
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : "";
  throw new StateDictError(`${where}: the tensors must be those of the model; got ${shownOf}${more}`);
}
