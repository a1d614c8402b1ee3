import { ShapeError } from "../../base/errors.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { addEffect, effectsOfTrace, withinPart } from "../../graph/scope.ts";
import { requireFloat } from "../../ops/check.ts";
import { withoutPadding } from "../../ops/lengths.ts";
import { transpose } from "../../ops/shape/permute.ts";
import { type CellName, CELLS } from "../../ops/recurrent/cells.ts";
import { type RecurrentResult, type RecurrentWeights, recurrent } from "../../ops/recurrent/recurrent.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { storeInto } from "../../ops/update/store.ts";
import { Program } from "../../runtime/program.ts";
import { type Tensor, type TensorLike, printShape, sameShape } from "../../base/tensor.ts";
import { Dropout } from "../dropout/dropout.ts";
import { uniform } from "../init.ts";
import { keptStateOf } from "./kept-state.ts";
import { lengthsAround } from "./lengths-scope.ts";
import { LockedDropout } from "../dropout/locked-dropout.ts";
import { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import type { LstmZoneoutOptions, RecurrentOptions, RecurrentSettings } from "./options.ts";
import { requireTensors } from "../module/run.ts";
import type { Size } from "../module/sized.ts";

/** The results of all layers of a recurrent network. */
interface Unrolled {
  readonly output: Operand;
  /** The last h, and the last c of an LSTM, [layers * directions, batch, hidden]. */
  readonly hN: Operand;
  readonly cN: Operand | undefined;
}

/** The base of RNN, LSTM and GRU: layers, directions, weights, states and dropout. */
export abstract class Recurrent<In extends Size = number, Out extends Size = number> extends Module<In, Out> {
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  /** In PyTorch's order: weight_ih, weight_hh, bias_ih, bias_hh of each direction of each layer. */
  readonly weights: readonly Parameter[];
  /** Between layers. @internal */
  readonly between: Dropout | null;
  /** @internal */
  readonly inputDropout: LockedDropout | null;
  /** For h(t - 1) in the product with W_hh. @internal */
  readonly recurrentDropout: Dropout | null;
  /** @internal */
  readonly outputDropout: LockedDropout | null;
  /** Its mask is 1 for elements of h that are updated. @internal */
  readonly zoneoutHidden: Dropout | null;
  /** Its mask is 1 for elements of c that are updated. @internal */
  readonly zoneoutCell: Dropout | null;
  readonly #kind: string;
  readonly #cell: CellName;
  readonly #names: readonly string[];

  constructor(
    kind: string,
    cell: CellName,
    readonly inputSize: number,
    readonly hiddenSize: number,
    settings: RecurrentSettings,
  ) {
    super();
    this.#kind = kind;
    this.#cell = cell;
    this.numLayers = settings.numLayers;
    this.batchFirst = settings.batchFirst;
    this.bidirectional = settings.bidirectional;
    const rows = CELLS[cell].gates * hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    const shapes = this.#suffixes().flatMap(([layer, suffix]): [string, number[]][] => {
      const features = layer === 0 ? inputSize : hiddenSize * this.#directions;
      const shapesOfLayer: [string, number[]][] = [
        ["weight_ih", [rows, features]],
        ["weight_hh", [rows, hiddenSize]],
        ["bias_ih", [rows]],
        ["bias_hh", [rows]],
      ];
      return shapesOfLayer
        .slice(0, settings.bias ? 4 : 2)
        .map(([name, shape]) => [`${name}_l${layer}${suffix}`, shape]);
    });
    this.#names = shapes.map(([name]) => name);
    this.weights = shapes.map(([, shape]) => uniform(new Parameter(shape), -bound, bound));
    const { dropout, variational, zoneout } = settings;
    const elementDropout = (p: number | undefined): Dropout | null => (p === undefined ? null : new Dropout(p));
    const lockedDropout = (p: number | undefined): LockedDropout | null =>
      p === undefined ? null : new LockedDropout(p);
    const updateMask = (p: number | undefined): Dropout | null =>
      p === undefined ? null : new Dropout(p, { scaling: "classic" });
    this.between = this.numLayers > 1 ? elementDropout(dropout) : null;
    this.inputDropout = lockedDropout(variational.input);
    this.recurrentDropout = elementDropout(variational.recurrent);
    this.outputDropout = lockedDropout(variational.output);
    this.zoneoutHidden = updateMask(zoneout.hidden);
    this.zoneoutCell = updateMask(zoneout.cell);
  }

  /** The parameters with PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`. @internal */
  override namedState(): [string, Parameter][] {
    return this.weights.map((weight, i) => [this.#names[i] ?? "", weight]);
  }

  override describe(): string {
    const parts = [
      `${this.#kind} ${this.inputSize} -> ${this.hiddenSize * this.#directions}`,
      ...(this.numLayers > 1 ? [`${this.numLayers} layers`] : []),
      ...(this.bidirectional ? ["bidirectional"] : []),
      ...(this.batchFirst ? ["batch first"] : []),
    ];
    return parts.join(", ");
  }

  /** Runs all layers over x. Default of h0 and c0: zeros. Default of lengths: those of the surrounding `nn.padded`. */
  protected unroll(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): Unrolled {
    let unrolled!: Unrolled;
    withinPart(this, () => {
      const valid = lengths ?? lengthsAround(this.#kind, x, this.batchFirst);
      unrolled = this.#unrolled(x, h0, c0, valid);
      return unrolled.output;
    });
    return unrolled;
  }

  /** Computes the operands that `describe` makes from inputs, in the current mode. */
  protected runOn(
    inputs: readonly TensorLike[],
    describe: (x: Operand, ...states: readonly Operand[]) => readonly Operand[],
  ): Tensor[] {
    const tensors = requireTensors("runWithState", inputs);
    const program = this.programs.get("runWithState", tensors, () => {
      const [x, ...states] = tensors.map(({ shape, dtype }) => new Input(shape, dtype)) as [Input, ...Input[]];
      return this.trace(() => new Program([x, ...states], describe(x, ...states), effectsOfTrace()));
    });
    return program.run(tensors);
  }

  get #directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** Each direction of each layer, with the suffix of its parameter names. */
  #suffixes(): [layer: number, suffix: "" | "_reverse"][] {
    const suffixes = this.bidirectional ? (["", "_reverse"] as const) : ([""] as const);
    return Array.from({ length: this.numLayers }, (_, layer) => layer).flatMap((layer) =>
      suffixes.map((suffix): [number, "" | "_reverse"] => [layer, suffix]),
    );
  }

  #unrolled(x: Operand, h0: Operand | undefined, c0: Operand | undefined, lengths: Operand | undefined): Unrolled {
    const isOne = x.shape.length === 2;
    const stepsFirst = this.#requireInput(x, isOne);
    const batched = lengths ? withoutPadding(this.#kind, stepsFirst, lengths, false) : stepsFirst;
    const [steps = 0, batch = 0] = batched.shape;
    const kept = h0 ? undefined : this.#keptState(batch);
    const [h, c] = kept ?? [this.#requireState("h0", h0, batch, isOne), this.#requireState("c0", c0, batch, isOne)];
    let input = this.inputDropout?.call(batched) ?? batched;
    const results: RecurrentResult[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) {
        input = this.between?.call(input) ?? input;
        input = this.outputDropout?.call(input) ?? input;
      }
      const directions = Array.from({ length: this.#directions }, (_, direction) => {
        const index = layer * this.#directions + direction;
        const initial = (state: Operand | undefined): Operand | undefined =>
          state && reshape(slice(state, 0, index, index + 1), [batch, this.hiddenSize]);
        return recurrent(
          this.#cell,
          input,
          this.#weightsOf(index),
          { h: initial(h), c: initial(c) },
          {
            reverse: direction === 1,
            mask: this.#mask(batch),
            updateH: this.#updates(this.zoneoutHidden, steps, batch),
            updateC: this.#updates(this.zoneoutCell, steps, batch),
            lengths,
          },
        );
      });
      results.push(...directions);
      input = joined(
        directions.map(({ output }) => output),
        2,
      );
    }
    kept?.forEach((state, i) => {
      results.forEach((result, layer) => {
        const last = i === 0 ? result.h : result.c;
        if (last) addEffect(() => storeInto(slice(state, 0, layer, layer + 1), last));
      });
    });
    const stacked = (states: readonly Operand[]): Operand =>
      isOne ? reshape(joined(states, 0), [-1, this.hiddenSize]) : joined(states, 0);
    const cells = results.map((result) => result.c).filter((each) => each !== undefined);
    return {
      output: isOne ? reshape(input, [steps, -1]) : this.batchFirst ? transpose(input, 0, 1) : input,
      hN: stacked(results.map((result) => result.h)),
      cN: cells.length > 0 ? stacked(cells) : undefined,
    };
  }

  /** @param index of a direction of a layer */
  #weightsOf(index: number): RecurrentWeights {
    const count = this.weights.length / (this.numLayers * this.#directions);
    const [ofInput, ofHidden, xBias, hBias] = this.weights.slice(index * count, (index + 1) * count);
    if (!ofInput || !ofHidden) throw new Error(`${this.#kind}: every layer must have weights; got none at ${index}`);
    return { ofInput, ofHidden, biases: xBias && hBias && [xBias, hBias] };
  }

  /** The factor of h(t - 1) at all steps: 0 or 1 / (1 - p); undefined if there is none. */
  #mask(batch: number): Operand | undefined {
    const { recurrentDropout } = this;
    return recurrentDropout?.training ? recurrentDropout.call(filled([batch, this.hiddenSize], 1)) : undefined;
  }

  /** 1 for elements that are updated, 0 for others, at each step; in evaluation the mean of that, 1 - p. */
  #updates(zoneout: Dropout | null, steps: number, batch: number): Operand | undefined {
    if (!zoneout) return undefined;
    const state = [batch, this.hiddenSize];
    return zoneout.call(filled(zoneout.training ? [steps, ...state] : state, 1));
  }

  /** x as [steps, batch, inputSize]. */
  #requireInput(x: Operand, isOne: boolean): Operand {
    requireFloat(this.#kind, "x", x);
    const axes = this.batchFirst ? "batch, steps" : "steps, batch";
    if ((!isOne && x.shape.length !== 3) || x.shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        `${this.#kind}: x must be [${axes}, ${this.inputSize}], or [steps, ${this.inputSize}] for one sequence; got ${x}`,
      );
    }
    const batched = isOne ? reshape(x, [x.shape[0] ?? 0, 1, this.inputSize]) : this.batchFirst ? transpose(x, 0, 1) : x;
    if (batched.shape[0] === 0) throw new ShapeError(`${this.#kind}: x must have at least one step; got ${x}`);
    return batched;
  }

  /** h, and for an LSTM c, as [layers, batch, hidden], if the trace keeps states. */
  #keptState(batch: number): readonly Operand[] | undefined {
    const shape = [this.numLayers * this.#directions, batch, this.hiddenSize];
    return keptStateOf(this.#kind, this, shape, this.#cell === "lstm" ? 2 : 1);
  }

  /** A state as [layers * directions, batch, hidden]. */
  #requireState(name: string, state: Operand | undefined, batch: number, isOne: boolean): Operand | undefined {
    if (!state) return undefined;
    requireFloat(this.#kind, name, state);
    const count = this.numLayers * this.#directions;
    const shape = isOne ? [count, this.hiddenSize] : [count, batch, this.hiddenSize];
    if (!sameShape(state.shape, shape)) {
      throw new ShapeError(`${this.#kind}: ${name} must be ${printShape(shape)}; got ${state}`);
    }
    return reshape(state, [count, batch, this.hiddenSize]);
  }
}

/** The options that make a layer again, with the current rates. */
export function optionsOf(layer: Recurrent<Size, Size>): RecurrentOptions & { readonly zoneout: LstmZoneoutOptions } {
  const { numLayers, batchFirst, bidirectional, between, inputDropout, recurrentDropout, outputDropout } = layer;
  const { weights, zoneoutHidden, zoneoutCell } = layer;
  return {
    numLayers,
    bias: weights.length === 4 * numLayers * (bidirectional ? 2 : 1),
    batchFirst,
    bidirectional,
    ...(between && { dropout: between.p }),
    variational: {
      ...(inputDropout && { input: inputDropout.p }),
      ...(recurrentDropout && { recurrent: recurrentDropout.p }),
      ...(outputDropout && { output: outputDropout.p }),
    },
    zoneout: { ...(zoneoutHidden && { hidden: zoneoutHidden.p }), ...(zoneoutCell && { cell: zoneoutCell.p }) },
  };
}

/** A single operand is returned without a copy. */
function joined(operands: readonly Operand[], axis: number): Operand {
  const [only] = operands;
  return only && operands.length === 1 ? only : concatenate(operands, axis);
}
