import { type Operand, nn, ops } from "lanegrad";
import type { RawColumn } from "lanegrad/data";
import { CommandError } from "../errors.ts";
import type { LoadedModel } from "./load-model.ts";
import { schemaColumns } from "./schema-columns.ts";
import { type RowInput, inputsOf } from "./shapes.ts";
import { targetScale } from "./target-scale.ts";

export interface PipelineOptions {
  /** Shapes of inputs, as the option --input has them. */
  readonly input?: readonly string[] | undefined;
  /** Whether the inputs are numbers of rows as they are in the table, and numbers come out in its units. */
  readonly raw?: boolean | undefined;
  /** Whether probabilities of classes come out. */
  readonly probabilities?: boolean | undefined;
  /** Whether the number of the class comes out. */
  readonly argmax?: boolean | undefined;
}

/** A model with what comes before and after it. */
export interface Pipeline {
  readonly inputs: readonly RowInput[];
  /** Undefined where the inputs are those of the model. */
  readonly before: ((...inputs: readonly Operand[]) => Operand | readonly Operand[]) | undefined;
  /** Undefined where the outputs are those of the model. */
  readonly after: ((outputs: Operand) => Operand) | undefined;
  /** The numbers of a raw row; undefined for features. */
  readonly columns: readonly RawColumn[] | undefined;
  /** What the numbers that come out are, in words. */
  readonly output: string;
}

/**
 * What becomes part of an exported file.
 * @throws CommandError when an option needs a schema, or classes, that the model has not
 */
export function pipelineOf(where: string, loaded: LoadedModel, options: PipelineOptions): Pipeline {
  const { schema, path, model } = loaded;
  const { raw = false, probabilities = false, argmax = false } = options;
  if (raw && !schema) {
    throw new CommandError(
      `${where}: --raw must be for a model with the schema of its rows; got none in ${JSON.stringify(path)}`,
      "--schema names a file that has it",
    );
  }
  if (raw && schema?.features.length === 0) {
    throw new CommandError(`${where}: --raw must be for a model of a table; got one without columns of features`);
  }
  if ((probabilities || argmax) && schema && schema.classes.length === 0) {
    const option = argmax ? "--argmax" : "--probabilities";
    throw new CommandError(`${where}: ${option} must be for a model of classes; got one that predicts numbers`);
  }
  const encoding = raw ? schema?.encoding() : undefined;
  const own = inputsOf(where, path, model, schema, options.input);
  if (encoding && own.length > 1) {
    const others = own.slice(1).map(({ name }) => JSON.stringify(name));
    throw new CommandError(
      `${where}: --raw must be for a model whose columns share one input; got ${others.join(", ")} beside it`,
    );
  }
  const { after, output } = afterOf(loaded, raw, probabilities, argmax);
  return {
    inputs: encoding ? [{ name: undefined, shape: [encoding.columns.length], dtype: "float32" }] : own,
    before: encoding,
    after,
    columns: encoding?.columns,
    output,
  };
}

function afterOf(
  { schema, outputs }: LoadedModel,
  raw: boolean,
  probabilities: boolean,
  argmax: boolean,
): Pick<Pipeline, "after" | "output"> {
  const names = schema?.classes ?? [];
  const isBinary = schema !== undefined && schemaColumns(schema).target?.kind === "boolean"; // one output for two classes
  const of = names.length > 0 ? (isBinary ? ` of ${names[1]}` : ` of ${names.join(", ")}`) : "";
  if (argmax) {
    const after = isBinary
      ? (x: Operand): Operand => ops.greater(x, outputs === "logits" ? 0 : 0.5)
      : (x: Operand): Operand => ops.argMax(x, 1);
    return {
      after,
      output:
        names.length > 0
          ? `number of the class: ${names.map((name, i) => `${i} ${name}`).join(", ")}`
          : "number of the class",
    };
  }
  if (probabilities && outputs === "logits") {
    return { after: isBinary ? (x) => ops.sigmoid(x) : (x) => ops.softmax(x), output: `probability${of}` };
  }
  const scale = raw && schema ? targetScale(schema) : undefined;
  if (scale) {
    return {
      after: (x) => ops.add(ops.multiply(x, scale.spread), scale.center),
      output: "number in the units of the table",
    };
  }
  if (schema && names.length === 0) return { after: undefined, output: "number in the scale of the schema" };
  return { after: undefined, output: outputs === "probabilities" ? `probability${of}` : `score${of}` };
}

/** A model with what comes before and after it as one module, for formats that take no more. */
export function joinedModel(model: nn.Module, { before, after }: Pick<Pipeline, "before" | "after">): nn.Module {
  if (!before && !after) return model;
  const joined = new Joined(model, before, after);
  return model.inputNames && !before ? Object.assign(joined, { inputNames: model.inputNames }) : joined;
}

class Joined extends nn.Module {
  constructor(
    readonly model: nn.Module,
    readonly before: Pipeline["before"],
    readonly after: Pipeline["after"],
  ) {
    super();
  }

  override forward(...inputs: readonly Operand[]): Operand {
    const given = this.before ? this.before(...inputs) : inputs;
    const outputs = this.model.call(...(Array.isArray(given) ? given : [given]));
    return this.after ? this.after(outputs) : outputs;
  }
}
