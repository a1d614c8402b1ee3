import type { Dtype, nn } from "lanegrad";
import type { FittedSchema } from "lanegrad/data";
import { OnnxModule } from "lanegrad/onnx";
import { CommandError, UsageError } from "../errors.ts";

/** An input of a model, for one row. */
export interface RowInput {
  /** Undefined for the only input of a model that names none. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** `3x32x32`, `image=3x32x32`, `words=12:int32`; `1` for one number. */
const INPUT = /^(?:(.+)=)?(\d+(?:x\d+)*)(?::(float32|int32))?$/;

/** An input as the option --input has it. */
function parsedInput(where: string, text: string): RowInput {
  const [, name, extents, dtype] = INPUT.exec(text) ?? [];
  if (extents === undefined) {
    throw new UsageError(
      `${where}: --input must be the shape of one row, as 784, 3x32x32 or words=12:int32; got ${text}`,
    );
  }
  return { name, shape: extents.split("x").map(Number), dtype: dtype === "int32" ? "int32" : "float32" };
}

/**
 * The inputs of a model: those of --input, else of the schema, else of the ONNX file.
 * @throws CommandError when none of these says them
 */
export function inputsOf(
  where: string,
  path: string,
  model: nn.Module,
  schema: FittedSchema | undefined,
  asked: readonly string[] = [],
): readonly RowInput[] {
  if (asked.length > 0) return asked.map((text) => parsedInput(where, text));
  if (schema) {
    const inputs = Object.entries(schema.inputs);
    return inputs.map(([name, { shape, dtype }]) => ({ name: inputs.length > 1 ? name : undefined, shape, dtype }));
  }
  if (model instanceof OnnxModule) return model.inputs.map((input) => ofOnnx(where, input));
  const width = model
    .namedModules()
    .map(([, layer]) => /^linear (\d+) ->/.exec(layer.describe())?.[1])
    .find((found) => found !== undefined);
  throw new CommandError(
    `${where}: the model must have the schema of its rows, or --input must give the shape of one; got neither for ${JSON.stringify(path)}`,
    `lanegrad ${where} ${path} --input ${width ?? "3x32x32"}`,
  );
}

function ofOnnx(where: string, { name, dtype, shape }: OnnxModule["inputs"][number]): RowInput {
  const row = shape?.slice(1).flatMap((extent) => extent ?? []);
  if (shape && row && row.length === shape.length - 1) return { name, shape: row, dtype };
  const got = shape ? `[${shape.map((extent) => extent ?? "any").join(", ")}]` : "any";
  throw new CommandError(
    `${where}: the shape of the input ${JSON.stringify(name)} must be known; got ${got} in the file`,
    `--input ${name}=3x32x32 gives that of one row`,
  );
}

/** Inputs for a batch of rows, as `exportWasm` and `exportOnnx` take them. */
export function inputSpecs(
  inputs: readonly RowInput[],
  rows: number,
): readonly { readonly shape: readonly number[]; readonly dtype: Dtype }[] {
  return inputs.map(({ shape, dtype }) => ({ shape: [rows, ...shape], dtype }));
}
