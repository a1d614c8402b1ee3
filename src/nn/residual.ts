import { ShapeError } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { sameShape } from "../base/tensor.ts";
import { Module, requireModule } from "./module/module.ts";
import type { Size } from "./module/sized.ts";

/**
 * y = body(x) + x, or body(x) + shortcut(x).
 *
 * Shape: whatever the body takes; both terms have the shape of y. State names: `body.` and `shortcut.`, then those of what
 * stands there: `body.0.weight` where it is a sequence.
 * Advice: with a shortcut (a linear layer, a convolution of kernel 1) where the body changes the shape.
 * Source: He et al. 2016, https://arxiv.org/abs/1512.03385
 *
 * @throws TypeError when body or shortcut is no module
 */
export class Residual<In extends Size = Size, Out extends Size = Size> extends Module<In, Out> {
  constructor(
    readonly body: Module<In, Out>,
    readonly shortcut: Module | null = null,
  ) {
    super();
    requireModule("residual", "the body", body);
    if (shortcut !== null) requireModule("residual", "the shortcut", shortcut);
  }

  override forward(x: Operand): Operand {
    const changed = this.body.call(x);
    const kept = this.shortcut ? this.shortcut.call(x) : x;
    if (sameShape(changed.shape, kept.shape)) return add(changed, kept);
    throw new ShapeError(
      `residual: the body must give the shape of ${this.shortcut ? "the shortcut" : "its input"}; got ${changed} and ${kept}`,
    );
  }

  override describe(): string {
    return this.shortcut ? "residual with a shortcut" : "residual";
  }
}

/** y = body(x) + x, or body(x) + shortcut(x); see {@link Residual}. */
export function residual<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  shortcut?: Module,
): Residual<In, Out> {
  return new Residual(body, shortcut);
}
