import type { BeginEvent, ProgressEvent } from "./event.ts";

/** Estimates how long an epoch and its training will take. */
export class TimeLeft {
  readonly #epochs: number;
  readonly #samples: number | undefined;
  readonly #began = performance.now();
  #ended = 0;
  /** Seconds of an epoch so far, validation and checkpoints included; undefined before the first has ended. */
  #perEpoch: number | undefined;

  constructor({ epochs, samples }: Pick<BeginEvent, "epochs" | "samples">) {
    this.#epochs = epochs;
    this.#samples = samples;
  }

  endEpoch(): void {
    this.#ended++;
    this.#perEpoch = (performance.now() - this.#began) / 1000 / this.#ended;
  }

  /** `4 s left` of the epoch and `1 min 20 s in all`, as far as they are known. */
  at({ epoch, samples, seconds }: ProgressEvent): readonly string[] {
    if (this.#samples === undefined) return [];
    const perSample = seconds / samples;
    const left = Math.max(this.#samples - samples, 0) * perSample;
    const later = this.#epochs - epoch;
    const parts = [`${printDuration(left)} left`];
    if (later > 0) parts.push(`${printDuration(left + later * (this.#perEpoch ?? this.#samples * perSample))} in all`);
    return parts;
  }
}

/** `4 s`, `1 min 20 s`, `2 h 5 min`, `3 d 4 h` */
function printDuration(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, size]) => Math.round(seconds) >= size);
  if (first < 0 || first === units.length - 1) return `${Math.round(seconds)} s`;
  const [[unit, size], [small, smaller]] = [units[first] ?? units[3], units[first + 1] ?? units[3]];
  const whole = Math.round(seconds / smaller);
  const most = size / smaller;
  return `${Math.floor(whole / most)} ${unit} ${whole % most} ${small}`;
}
