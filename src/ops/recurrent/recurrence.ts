import type { Operand } from "../../graph/operand.ts";
import { type Cell, type CellName, CELLS } from "./cells.ts";
import { view } from "../shape.ts";

export interface RecurrentSettings {
  /** Whether time runs from the last step to the first. */
  readonly reverse?: boolean;
  /** What h is multiplied by before it meets its weights, the same at all steps: [batch, hidden]. */
  readonly mask?: Operand | undefined;
  /** The share of h that is new, else as it was; [batch, hidden], or [steps, batch, hidden] where it differs. */
  readonly updateH?: Operand | undefined;
  /** The share of c that is new. */
  readonly updateC?: Operand | undefined;
  /**
   * [batch], int32 from 0 to steps: from step lengths[n] on, sequence n is padding, which must hold finite numbers, as
   * `zeroPadding` gives them. There h and c stay as they are and the output is 0. Default: all steps.
   */
  readonly lengths?: Operand | undefined;
}

/** The steps of one layer in one direction, and where in one operand lies what they keep; all in floats. */
export class Recurrence {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  /** One h. */
  readonly state: number;
  /** The gates of one step. */
  readonly row: number;
  /** Where c of all steps but the last begins, after the rows of h. */
  readonly cells: number;
  readonly gates: number;
  readonly q: number;
  /** Where h begins as its weights meet it, if that is not h itself. */
  readonly masked: number;
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

  /** The steps as they are carried out. */
  get order(): number[] {
    const steps = Array.from({ length: this.steps }, (_, t) => t);
    return this.settings.reverse ? steps.toReversed() : steps;
  }

  // The rows of h: h0 h1 ... hT and the last c, or, in reverse, the last c and h1 ... hT h0.

  /** Where h0 lies. */
  get first(): number {
    return this.settings.reverse ? this.cells - this.state : 0;
  }

  /** Where h of all steps lies, with the last c beside it. */
  get results(): number {
    return this.settings.reverse ? 0 : this.state;
  }

  /** Where h of step 0 lies within the results. */
  get output(): number {
    return this.settings.reverse && this.cell.hasC ? this.state : 0;
  }

  /** Which row of the results is the last c. */
  get rowOfC(): number {
    return this.settings.reverse ? 0 : this.steps;
  }

  /** Where the last c lies within the results. */
  get lastC(): number {
    return this.rowOfC * this.state;
  }

  /** Where h of step t lies. */
  h(t: number): number {
    return this.results + this.output + t * this.state;
  }

  /** Where h lies from which step t starts. */
  hBefore(t: number): number {
    return this.h(this.settings.reverse ? t + 1 : t - 1);
  }

  /** Where all h lie as their weights meet them, that of step 0 first. */
  get met(): number {
    return this.settings.mask ? this.masked : this.hBefore(0);
  }

  /** Where c of step t lies. */
  c(t: number): number {
    const isLast = t === (this.settings.reverse ? 0 : this.steps - 1);
    return isLast ? this.results + this.lastC : this.cBefore(t) + this.state;
  }

  /** Where c lies from which step t starts. */
  cBefore(t: number): number {
    return this.cells + (this.settings.reverse ? this.steps - 1 - t : t) * this.state;
  }

  /** What one step reads or writes of x, for its calls. */
  part(x: Operand, start: number, size = this.state): Operand {
    return view("part", x, [size], start, () => null);
  }

  /** The share of new values at step t. */
  share(update: Operand, t: number): Operand {
    return update.size > this.state ? this.part(update, t * this.state) : update;
  }
}
