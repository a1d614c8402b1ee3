import { integers } from "./memory.ts";
import { Variable } from "./variable.ts";

/** The state of a random number generator: four 32-bit words, seed (low, high), stream, step. Programs that draw from it advance its step. */
export class RngState extends Variable<"int32"> {
  /** @internal */
  constructor(seed: number, stream: number) {
    super("counter", [4], "int32");
    this.restart(seed, stream);
  }

  /** Sets it to the first draw of a stream. @internal */
  restart(seed: number, stream: number): void {
    this.write().set([seed | 0, Math.floor(seed / 2 ** 32), stream, 0]);
  }

  /** How often it was advanced. */
  get step(): number {
    return (integers()[this.address / 4 + 3] ?? 0) >>> 0;
  }

  /** @internal */
  advance(): void {
    const index = this.address / 4 + 3;
    const words = integers();
    words[index] = (words[index] ?? 0) + 1;
  }
}
