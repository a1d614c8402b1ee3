/** Gets the parameters once and updates them in place from the gradients of each step. */
export type Optimizer = (parameters: readonly Float32Array[]) => (gradients: readonly Float32Array[]) => void;

export function sgd(lr: number): Optimizer {
  return (parameters) => (gradients) => {
    for (const [index, parameter] of parameters.entries()) {
      const gradient = gradients[index]!;
      for (let i = 0; i < parameter.length; i++) parameter[i]! -= lr * gradient[i]!;
    }
  };
}

/** Kingma and Ba 2015, with the defaults of PyTorch. */
export function adam(lr: number, beta1 = 0.9, beta2 = 0.999, eps = 1e-8): Optimizer {
  return (parameters) => {
    const first = parameters.map(({ length }) => new Float32Array(length));
    const second = parameters.map(({ length }) => new Float32Array(length));
    let steps = 0;
    return (gradients) => {
      steps++;
      const stepSize = lr / (1 - beta1 ** steps);
      const scale = 1 / Math.sqrt(1 - beta2 ** steps);
      for (const [index, parameter] of parameters.entries()) {
        const gradient = gradients[index]!;
        const m = first[index]!;
        const v = second[index]!;
        for (let i = 0; i < parameter.length; i++) {
          const g = gradient[i]!;
          const mean = beta1 * m[i]! + (1 - beta1) * g;
          const variance = beta2 * v[i]! + (1 - beta2) * g * g;
          m[i] = mean;
          v[i] = variance;
          parameter[i]! -= (stepSize * mean) / (Math.sqrt(variance) * scale + eps);
        }
      }
    };
  };
}
