import type { Callback, EpochEvent } from "lanegrad";
import { printPercent } from "../terminal/numbers.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The epochs above which each has no line of its own in a terminal. */
const MOST_LINES = 50;

/** Whether `fit` shows its own lines, one for each epoch. */
export function showsEpochs(terminal: Terminal, epochs: number): boolean {
  return terminal.isInteractive && epochs <= MOST_LINES;
}

/** Signals that end a training after a checkpoint, as `stopped` of a history names them. */
const SIGNALS: ReadonlySet<string | undefined> = new Set(["SIGINT", "SIGTERM"]);

/**
 * Tells of epochs and checkpoints: as lines of JSON with --json, as one live line in a terminal for many epochs, else not. After
 * a signal it says how the training continues.
 */
export function progressOf(terminal: Terminal, epochs: number, checkpoints?: string): Callback {
  if (terminal.json) {
    return {
      onEpoch: async ({ epoch, loss, accuracy, seconds, validation }) =>
        print(terminal, {
          type: "epoch",
          epoch,
          loss,
          accuracy,
          seconds,
          ...(validation && { validation: { loss: validation.loss, accuracy: validation.accuracy } }),
        }),
      onCheckpoint: async ({ epoch, path }) => print(terminal, { type: "checkpoint", epoch, path }),
    };
  }
  let shownAt = -Infinity;
  return {
    onEpoch: (event) => {
      if (showsEpochs(terminal, epochs) || performance.now() - shownAt < 50) return;
      shownAt = performance.now();
      terminal.status(lineOf(event, epochs));
    },
    onEnd: ({ history: { stopped } }) => {
      terminal.status("");
      if (checkpoints !== undefined && SIGNALS.has(stopped)) {
        terminal.note(`stopped: the same command with --resume continues from ${checkpoints}`);
      }
    },
  };
}

/** Prints an event as a line of JSON; numbers that JSON lacks are null. */
export async function print(terminal: Terminal, event: object): Promise<void> {
  await terminal.result(event, () => "");
}

function lineOf({ epoch, loss, accuracy, validation }: EpochEvent, epochs: number): string {
  const figures = (name: string, at: { readonly loss: number; readonly accuracy: number | undefined }): string =>
    `${name} loss ${at.loss.toFixed(4)}${at.accuracy === undefined ? "" : `, accuracy ${printPercent(at.accuracy)}`}`;
  const parts = [figures("training", { loss, accuracy }), ...(validation ? [figures("validation", validation)] : [])];
  return `epoch ${epoch}/${epochs}  ${parts.join("  ")}`;
}
