import { ShapeError } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { sameShape } from "../base/tensor.ts";
import { Module, requireModule } from "./module/module.ts";
import { onlyOutput } from "./module/outputs.ts";
import type { Size } from "./module/sized.ts";
import { made } from "./configuration/made.ts";

/**
 * y = body(x) + x, or body(x) + shortcut(x).
 *
 * Shape: x as the body takes it; body(x) and x, or shortcut(x), have the same shape.
 * State names: those of the body after `body.`, those of the shortcut after `shortcut.`: `body.0.weight`.
 * Advice: if the body changes the shape, use a shortcut with the same change (a linear layer, a convolution of kernel 1).
 * Source: He et al. 2016, https://arxiv.org/abs/1512.03385
 *
 * @throws TypeError when body or shortcut is not a module
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
    const residual = onlyOutput("residual", "the body", this.body.call(x));
    const skip = this.shortcut ? onlyOutput("residual", "the shortcut", this.shortcut.call(x)) : x;
    if (sameShape(residual.shape, skip.shape)) return add(residual, skip);
    throw new ShapeError(
      `residual: the body must give the shape of ${this.shortcut ? "the shortcut" : "its input"}; got ${residual} and ${skip}`,
    );
  }

  override configuration(): readonly unknown[] {
    return made(residual, this.body, this.shortcut ?? undefined);
  }

  override describe(): string {
    return this.shortcut ? "residual with a shortcut" : "residual";
  }
}

/** y = body(x) + x, or body(x) + shortcut(x). See {@link Residual}. */
export function residual<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  shortcut?: Module,
): Residual<In, Out> {
  return new Residual(body, shortcut);
}
