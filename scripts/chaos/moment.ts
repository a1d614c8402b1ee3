/** When and how a process is interrupted. */
import process from "node:process";

export type Moment =
  /** `again`: milliseconds to a second signal, at which the process ends at once. */
  | { readonly kind: "step"; readonly steps: number; readonly signal: NodeJS.Signals; readonly again?: number }
  | { readonly kind: "time"; readonly milliseconds: number; readonly signal: NodeJS.Signals }
  /** Milliseconds after a file begins to be written, once `steps` are done; at `atMost` steps if none is. */
  | {
      readonly kind: "write";
      readonly steps: number;
      readonly atMost: number;
      readonly milliseconds: number;
      readonly signal: NodeJS.Signals;
    };

/** Signals that end a training by itself. On Windows no process can send them to another. */
const REQUESTS: readonly NodeJS.Signals[] = process.platform === "win32" ? [] : ["SIGINT", "SIGTERM"];

/** Longest delay of a kill after a file began to be written, in milliseconds; most are killed at once. */
const WRITE_DELAY = 3;

/** Longest time between two signals, in milliseconds: `fit` notices a signal within about 50. */
const TWICE_DELAY = 100;

/**
 * A random moment of a process.
 * @param steps steps that the training has left
 * @param milliseconds what the whole training takes
 */
export function momentOf(steps: number, milliseconds: number, draw: () => number): Moment {
  const kind = draw();
  const share = draw() * 0.7;
  const signal = "SIGKILL";
  const after = Math.max(1, Math.round(share * steps));
  if (kind < 0.25) return { kind: "step", steps: after, signal };
  if (kind < 0.45) return { kind: "time", milliseconds: share * milliseconds, signal };
  const request = REQUESTS[Math.floor(draw() * REQUESTS.length)];
  if (kind < 0.6 && request !== undefined) {
    const isTwice = draw() < 0.25;
    return { kind: "step", steps: after, signal: request, ...(isTwice && { again: draw() * TWICE_DELAY }) };
  }
  const delay = draw() < 0.6 ? 0 : draw() * WRITE_DELAY;
  return { kind: "write", steps: after, atMost: after + Math.ceil(steps / 3), milliseconds: delay, signal };
}

/** `SIGTERM after 12 steps` */
export function printMoment(moment: Moment): string {
  const { kind, signal } = moment;
  if (kind === "time") return `${signal} after ${moment.milliseconds.toFixed(1)} ms`;
  const where = kind === "write" ? " at a write" : moment.again === undefined ? "" : " twice";
  return `${signal}${where} after ${moment.steps} steps`;
}
