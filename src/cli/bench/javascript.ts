import { PlainNetwork } from "../../../bench/subjects/plain/network.ts";
import { type Case, CHECKED_STEPS, type Contender, timesOf } from "./contender.ts";

/** JavaScript without a library: typed arrays, tiled loops, gradients written by hand. */
export function javascript(): Contender {
  const calls = new Map<Case, () => unknown>();
  const callOf = (measured: Case): (() => unknown) => {
    const found = calls.get(measured) ?? makeCall(measured);
    calls.set(measured, found);
    return found;
  };
  return {
    name: "JavaScript",
    detail: "typed arrays and loops, 1 thread",
    check: ({ network, batch, trains }) => {
      const plain = new PlainNetwork({ ...network, dropout: 0 }, batch.rows);
      if (!trains) return Promise.resolve(Array.from(plain.forward(batch.x, false)));
      return Promise.resolve(Array.from({ length: CHECKED_STEPS }, () => plain.step(batch)));
    },
    times: (measured, seconds) => Promise.resolve(timesOf(callOf(measured), seconds)),
    close: () => calls.clear(),
  };
}

function makeCall({ network, batch, trains }: Case): () => unknown {
  const plain = new PlainNetwork(network, batch.rows);
  return trains ? () => plain.step(batch) : () => plain.forward(batch.x, false);
}
