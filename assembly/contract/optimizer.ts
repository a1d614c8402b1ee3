// The numbers that kernels of optimizers read, floats in this order.

/** Of sgd; with momentum, `undamped` is 1 - dampening. */
@unmanaged
export class SgdHyper {
  lr: f32;
  weightDecay: f32;
  l1: f32;
  momentum: f32;
  undamped: f32;
}

/**
 * Of adam: stepSize = lr / (1 - beta1^t), correction = 1 / sqrt(1 - beta2^t), rest1 = 1 - beta1 and rest2 = 1 - beta2.
 * They are rounded once: computed from the float 0.999, 1 - beta2 would have a relative error of 1.3e-5.
 */
@unmanaged
export class AdamHyper {
  stepSize: f32;
  correction: f32;
  beta1: f32;
  beta2: f32;
  eps: f32;
  weightDecay: f32;
  l1: f32;
  shrink: f32;
  rest1: f32;
  rest2: f32;
}

/** The first numbers of all adaptive optimizers. Those of the specific optimizer follow. */
@unmanaged
export class AdaptiveHyper {
  lr: f32;
  weightDecay: f32;
  l1: f32;
  shrink: f32;
  momentum: f32;
}

/** All numbers that kernels of adaptive optimizers read: a to f are those of the specific optimizer, some of them unused. */
@unmanaged
export class AdaptiveFrame extends AdaptiveHyper {
  a: f32;
  b: f32;
  c: f32;
  d: f32;
  e: f32;
  f: f32;
}

/** `rest` is 1 - alpha. */
@unmanaged
export class RmspropHyper extends AdaptiveHyper {
  alpha: f32;
  rest: f32;
  eps: f32;
}

@unmanaged
export class AdagradHyper extends AdaptiveHyper {
  eps: f32;
}

/** `rest` is 1 - rho. */
@unmanaged
export class AdadeltaHyper extends AdaptiveHyper {
  rho: f32;
  rest: f32;
  eps: f32;
}

/** `lr` is lr / (1 - beta1^t); `rest1` is 1 - beta1. */
@unmanaged
export class AdamaxHyper extends AdaptiveHyper {
  beta1: f32;
  rest1: f32;
  beta2: f32;
  eps: f32;
}

/** `ahead` is the factor of the mean of the gradient in its sum with the gradient. */
@unmanaged
export class NAdamHyper extends AdaptiveHyper {
  beta1: f32;
  rest1: f32;
  beta2: f32;
  rest2: f32;
  eps: f32;
  ahead: f32;
}

@unmanaged
export class LionHyper extends AdaptiveHyper {
  beta1: f32;
  rest1: f32;
  beta2: f32;
  rest2: f32;
}
