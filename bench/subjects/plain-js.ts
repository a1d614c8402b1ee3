import { WEIGHTS } from "../coldstart/job.ts";
import { matmul } from "./plain/matmul.ts";
import { PlainNetwork } from "./plain/network.ts";
import type { Subject } from "./subject.ts";

/** JavaScript without a library: typed arrays, tiled loops, gradients written by hand. */
export function load(): Promise<Subject> {
  return Promise.resolve({
    matmul(size, a, b) {
      const out = new Float32Array(size * size);
      return () => {
        matmul(a, size, 1, b, out, size, size, size);
        return out;
      };
    },

    train(network, batch) {
      const plain = new PlainNetwork(network, batch.rows);
      return () => plain.step(batch);
    },

    fit(network, batch, epochs) {
      const plain = new PlainNetwork(network, batch.rows);
      return () => {
        let loss = 0;
        for (let epoch = 0; epoch < epochs; epoch++) loss = plain.step(batch);
        return loss;
      };
    },

    predict(network, x, rows) {
      const plain = new PlainNetwork(network, rows);
      return () => plain.forward(x, false);
    },

    coldstart: { program: "plain-js", settings: {}, ships: { packages: [], weights: [WEIGHTS.rows] } },
  });
}
