import type { Operand } from "../../graph/operand.ts";
import { type Cell, type CellName, CELLS } from "./cells.ts";
import { view } from "../shape/view.ts";

export interface RecurrentSettings {
  /** Whether time runs from the last step to the first. Default: false. */
  readonly reverse?: boolean;
  /** Factors of h in h W_hh, [batch, hidden], the same at all steps. Default: 1. */
  readonly mask?: Operand | undefined;
  /** h = updateH * new h + (1 - updateH) * previous h: [batch, hidden], or [steps, batch, hidden]. Default: 1. */
  readonly updateH?: Operand | undefined;
  /** c = updateC * new c + (1 - updateC) * previous c, in the shapes of updateH. Default: 1. */
  readonly updateC?: Operand | undefined;
  /**
   * [batch], int32 from 0 to steps: sequence n is padding from step lengths[n] on. There x must be finite, as after
   * `zeroPadding`; h and c do not change and the output is 0. Default: all steps are valid.
   */
  readonly lengths?: Operand | undefined;
}

/**
 * The layout, in floats, of the operand in which one layer in one direction saves its states and activations:
 * h of all steps and the last c (`first`, `results`), c before each step (`cells`), the gates of all steps (`gates`), the reset
 * terms of a GRU (`q`) and h times its mask (`masked`).
 */
export class Recurrence {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  /** Size of h of one step. */
  readonly state: number;
  /** Size of the gates of one step. */
  readonly row: number;
  /** Start of c0 and c of all steps but the last, after the rows of h. */
  readonly cells: number;
  /** Start of the gates. */
  readonly gates: number;
  /** Start of the terms that the reset gate multiplies. */
  readonly q: number;
  /** Start of mask * h before each step, if there is a mask. */
  readonly masked: number;
  /** Size of the operand. */
  readonly size: number;

  constructor(
    readonly name: CellName,
    shape: readonly [steps: number, batch: number, hidden: number],
    readonly settings: RecurrentSettings,
  ) {
    const cell = (this.cell = CELLS[name]);
    [this.steps, this.batch, this.hidden] = shape;
    this.state = this.batch * this.hidden;
    this.row = cell.gates * this.state;
    const all = this.steps * this.state;
    this.cells = all + (cell.hasC ? 2 : 1) * this.state;
    this.gates = this.cells + (cell.hasC ? all : 0);
    this.q = this.gates + this.steps * this.row;
    this.masked = this.q + (cell.hasReset ? all : 0);
    this.size = this.masked + (settings.mask ? all : 0);
  }

  /** The steps in the order of computation. */
  get order(): number[] {
    const steps = Array.from({ length: this.steps }, (_, t) => t);
    return this.settings.reverse ? steps.toReversed() : steps;
  }

  // The rows of h: h0 h1 ... hT and the last c; in reverse the last c, h1 ... hT and h0.

  /** Start of h0. */
  get first(): number {
    return this.settings.reverse ? this.cells - this.state : 0;
  }

  /** Start of the results: h of all steps and the last c. */
  get results(): number {
    return this.settings.reverse ? 0 : this.state;
  }

  /** Start of h of step 0 in the results. */
  get output(): number {
    return this.settings.reverse && this.cell.hasC ? this.state : 0;
  }

  /** Row of the last c in the results. */
  get lastCRow(): number {
    return this.settings.reverse ? 0 : this.steps;
  }

  /** Start of the last c in the results. */
  get lastC(): number {
    return this.lastCRow * this.state;
  }

  /** Start of h of step t. */
  h(t: number): number {
    return this.results + this.output + t * this.state;
  }

  /** Start of h before step t. */
  hBefore(t: number): number {
    return this.h(this.settings.reverse ? t + 1 : t - 1);
  }

  /** Start of the factors of W_hh in all steps, step 0 first: h before each step, times the mask if there is one. */
  get maskedHBefore(): number {
    return this.settings.mask ? this.masked : this.hBefore(0);
  }

  /** Start of c of step t. */
  c(t: number): number {
    const isLast = t === (this.settings.reverse ? 0 : this.steps - 1);
    return isLast ? this.results + this.lastC : this.cBefore(t) + this.state;
  }

  /** Start of c before step t. */
  cBefore(t: number): number {
    return this.cells + (this.settings.reverse ? this.steps - 1 - t : t) * this.state;
  }

  /** A view of `size` floats of x from `start` on, for kernel calls. */
  part(x: Operand, start: number, size = this.state): Operand {
    return view("part", x, [size], start, () => null);
  }

  /** `updateH` or `updateC` at step t. */
  updateAt(update: Operand, t: number): Operand {
    return update.size > this.state ? this.part(update, t * this.state) : update;
  }
}
