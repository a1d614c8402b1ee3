import { ShapeError } from "../../base/errors.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { effectsOfTrace, withinPart } from "../../graph/scope.ts";
import { requireFloat } from "../../ops/check.ts";
import { withoutPadding } from "../../ops/lengths.ts";
import { transpose } from "../../ops/shape/permute.ts";
import { type CellName, CELLS } from "../../ops/recurrent/cells.ts";
import { type RecurrentResult, type RecurrentWeights, recurrent } from "../../ops/recurrent/recurrent.ts";
import { filled } from "../../ops/reduction/reduction.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { Program } from "../../runtime/program.ts";
import { type Tensor, printShape, sameShape } from "../../base/tensor.ts";
import { Dropout } from "../dropout/dropout.ts";
import { uniform } from "../init.ts";
import { lengthsAround } from "./lengths-scope.ts";
import { LockedDropout } from "../dropout/locked-dropout.ts";
import { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import type { LstmZoneoutOptions, RecurrentOptions } from "./options.ts";
import { requireTensors } from "../module/run.ts";
import type { Size } from "../module/sized.ts";

/** What the layers of a recurrent network give. */
interface Unrolled {
  readonly output: Operand;
  /** The last h, and the last c where there is one, [layers * directions, batch, hidden]. */
  readonly hN: Operand;
  readonly cN: Operand | undefined;
}

/** What RNN, LSTM and GRU have in common: layers, directions, weights, states, and what drops out in them. */
export abstract class Recurrent<In extends Size = number, Out extends Size = number> extends Module<In, Out> {
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  /** In PyTorch's order: of each layer, of each direction: weight_ih, weight_hh, bias_ih, bias_hh. */
  readonly weights: readonly Parameter[];
  /** Drops elements between layers. @internal */
  readonly between: Dropout | null;
  /** @internal */
  readonly inputDropout: LockedDropout | null;
  /** Drops elements of h where it meets its weights. @internal */
  readonly recurrentDropout: Dropout | null;
  /** @internal */
  readonly outputDropout: LockedDropout | null;
  /** Draws which elements of h are new. @internal */
  readonly zoneoutHidden: Dropout | null;
  /** Draws which elements of c are new. @internal */
  readonly zoneoutCell: Dropout | null;
  readonly #kind: string;
  readonly #cell: CellName;
  readonly #names: readonly string[];

  constructor(
    kind: string,
    cell: CellName,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions & { readonly zoneout?: LstmZoneoutOptions },
  ) {
    super();
    this.#kind = kind;
    this.#cell = cell;
    this.numLayers = options.numLayers ?? 1;
    this.batchFirst = options.batchFirst ?? false;
    this.bidirectional = options.bidirectional ?? false;
    const rows = CELLS[cell].gates * hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    const named = this.#places().flatMap(([layer, suffix]): [string, number[]][] => {
      const features = layer === 0 ? inputSize : hiddenSize * this.#directions;
      const own: [string, number[]][] = [
        ["weight_ih", [rows, features]],
        ["weight_hh", [rows, hiddenSize]],
        ["bias_ih", [rows]],
        ["bias_hh", [rows]],
      ];
      return own.slice(0, (options.bias ?? true) ? 4 : 2).map(([name, shape]) => [`${name}_l${layer}${suffix}`, shape]);
    });
    this.#names = named.map(([name]) => name);
    this.weights = named.map(([, shape]) => uniform(new Parameter(shape), -bound, bound));
    const { dropout, variational = {}, zoneout = {} } = options;
    const dropping = (p: number | undefined): Dropout | null => (p === undefined ? null : new Dropout(p));
    const locked = (p: number | undefined): LockedDropout | null => (p === undefined ? null : new LockedDropout(p));
    const keeping = (p: number | undefined): Dropout | null =>
      p === undefined ? null : new Dropout(p, { scaling: "classic" });
    this.between = this.numLayers > 1 ? dropping(dropout) : null;
    this.inputDropout = locked(variational.input);
    this.recurrentDropout = dropping(variational.recurrent);
    this.outputDropout = locked(variational.output);
    this.zoneoutHidden = keeping(zoneout.hidden);
    this.zoneoutCell = keeping(zoneout.cell);
  }

  /** The parameters by PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`. @internal */
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

  /** All layers over x, from the states h0 (and c0), zeros by default, with the lengths that are known by default. */
  protected unroll(x: Operand, h0?: Operand, c0?: Operand, lengths?: Operand): Unrolled {
    let unrolled!: Unrolled;
    withinPart(this, () => {
      const known = lengths ?? lengthsAround(this.#kind, x, this.batchFirst);
      unrolled = this.#unrolled(x, h0, c0, known);
      return unrolled.output;
    });
    return unrolled;
  }

  /** The numbers of what `describe` makes of inputs, in the current mode. */
  protected runOn(
    inputs: readonly Tensor[],
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

  /** Each layer in each direction, with what ends its names. */
  #places(): [layer: number, suffix: "" | "_reverse"][] {
    const suffixes = this.bidirectional ? (["", "_reverse"] as const) : ([""] as const);
    return Array.from({ length: this.numLayers }, (_, layer) => layer).flatMap((layer) =>
      suffixes.map((suffix): [number, "" | "_reverse"] => [layer, suffix]),
    );
  }

  #unrolled(x: Operand, h0: Operand | undefined, c0: Operand | undefined, lengths: Operand | undefined): Unrolled {
    const isOne = x.shape.length === 2;
    const given = this.#requireInput(x, isOne);
    const batched = lengths ? withoutPadding(this.#kind, given, lengths, false) : given;
    const [steps = 0, batch = 0] = batched.shape;
    const [h, c] = [this.#requireState("h0", h0, batch, isOne), this.#requireState("c0", c0, batch, isOne)];
    let input = this.inputDropout?.call(batched) ?? batched;
    const results: RecurrentResult[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) {
        input = this.between?.call(input) ?? input;
        input = this.outputDropout?.call(input) ?? input;
      }
      const own = Array.from({ length: this.#directions }, (_, direction) => {
        const place = layer * this.#directions + direction;
        const at = (state: Operand | undefined): Operand | undefined =>
          state && reshape(slice(state, 0, place, place + 1), [batch, this.hiddenSize]);
        return recurrent(
          this.#cell,
          input,
          this.#weightsOf(place),
          { h: at(h), c: at(c) },
          {
            reverse: direction === 1,
            mask: this.#mask(batch),
            updateH: this.#share(this.zoneoutHidden, steps, batch),
            updateC: this.#share(this.zoneoutCell, steps, batch),
            lengths,
          },
        );
      });
      results.push(...own);
      input = joined(
        own.map(({ output }) => output),
        2,
      );
    }
    const lasts = (of: readonly Operand[]): Operand =>
      isOne ? reshape(joined(of, 0), [-1, this.hiddenSize]) : joined(of, 0);
    const cells = results.map((result) => result.c).filter((each) => each !== undefined);
    return {
      output: isOne ? reshape(input, [steps, -1]) : this.batchFirst ? transpose(input, 0, 1) : input,
      hN: lasts(results.map((result) => result.h)),
      cN: cells.length > 0 ? lasts(cells) : undefined,
    };
  }

  #weightsOf(place: number): RecurrentWeights {
    const count = this.weights.length / (this.numLayers * this.#directions);
    const [ofInput, ofHidden, xBias, hBias] = this.weights.slice(place * count, (place + 1) * count);
    if (!ofInput || !ofHidden) throw new Error(`${this.#kind}: every layer must have weights; got none at ${place}`);
    return { ofInput, ofHidden, biases: xBias && hBias && [xBias, hBias] };
  }

  /** What h is multiplied by at all steps: 0 or 1 / (1 - p). */
  #mask(batch: number): Operand | undefined {
    const { recurrentDropout } = this;
    return recurrentDropout?.training ? recurrentDropout.call(filled([batch, this.hiddenSize], 1)) : undefined;
  }

  /** Which elements are new at each step, 0 or 1; in evaluation how much of each is, on average. */
  #share(zoneout: Dropout | null, steps: number, batch: number): Operand | undefined {
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

  /** A state as [layers * directions, batch, hidden]. */
  #requireState(name: string, state: Operand | undefined, batch: number, isOne: boolean): Operand | undefined {
    if (!state) return undefined;
    requireFloat(this.#kind, name, state);
    const places = this.numLayers * this.#directions;
    const shape = isOne ? [places, this.hiddenSize] : [places, batch, this.hiddenSize];
    if (!sameShape(state.shape, shape)) {
      throw new ShapeError(`${this.#kind}: ${name} must be ${printShape(shape)}; got ${state}`);
    }
    return reshape(state, [places, batch, this.hiddenSize]);
  }
}

function joined(operands: readonly Operand[], axis: number): Operand {
  const [only] = operands;
  return only && operands.length === 1 ? only : concatenate(operands, axis);
}
