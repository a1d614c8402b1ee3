/** What the tests of recurrent layers have in common. */
import { type Tensor, nn, tensor } from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";

export type Kind = "rnn" | "lstm" | "gru";
export type Network = nn.RNN | nn.LSTM | nn.GRU;
type Make = (inputSize: number, hiddenSize: number, options?: nn.LstmOptions) => Network;
export const MAKE: Readonly<Record<Kind, Make>> = { rnn: nn.rnn, lstm: nn.lstm, gru: nn.gru };
export const KINDS: readonly Kind[] = ["rnn", "lstm", "gru"];
export const GATES = { rnn: 1, lstm: 4, gru: 3 } as const;
export const [STEPS, BATCH, FEATURES, HIDDEN] = [6, 3, 4, 5] as const;
export const x = randomTensor([STEPS, BATCH, FEATURES], 1);
export const ones = (shape: readonly number[]): Tensor =>
  tensor(new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(1), shape);
/** States for so many layers and directions. */
export const statesOf = (kind: Kind, places: number, batch: number = BATCH): Tensor[] =>
  [2, 3].slice(0, kind === "lstm" ? 2 : 1).map((seed) => randomTensor([places, batch, HIDDEN], seed));
/** Sums of few products, in another order than in double precision. */
export const ROUNDING = { relative: 1e-5, absolute: 2e-6 };
