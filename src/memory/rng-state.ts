import { RngWords, packRngWords } from "#kernels/contract";
import { placesIn } from "../base/layout.ts";
import { integers } from "./memory.ts";
import { Variable } from "./variable.ts";

/** The state of a random number generator: the words of `RngWords`. Programs that draw from it advance its step. */
export class RngState extends Variable<"int32"> {
  /** @internal */
  constructor(seed: number, stream: number) {
    super("counter", [placesIn(RngWords)], "int32");
    this.restart(seed, stream);
  }

  /** Sets it to a step of a stream. Default: the first. @internal */
  restart(seed: number, stream: number, step = 0): void {
    const words = { seedLow: seed | 0, seedHigh: Math.floor(seed / 2 ** 32), stream, step };
    this.write().set(packRngWords(words));
  }

  /** How often it was advanced. */
  get step(): number {
    return (integers()[this.address / 4 + RngWords.step] ?? 0) >>> 0;
  }

  /** Counts a run that drew from it; -1 undoes that. @internal */
  advance(steps: 1 | -1 = 1): void {
    const index = this.address / 4 + RngWords.step;
    const words = integers();
    words[index] = (words[index] ?? 0) + steps;
  }
}
