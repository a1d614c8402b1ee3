import { requireWhole, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { UrlLike } from "../../base/url.ts";
import { sizeOfFile } from "../../files/append.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Callback, Trained } from "../fit/callback.ts";
import type { EpochEvent } from "../fit/event.ts";
import { LogFile } from "./log-file.ts";

export interface JsonLogOptions {
  /** Adds a line after so many steps, at least 1. Default: no lines of steps. */
  readonly everySteps?: number;
}

/**
 * Appends a line of JSON to a file for each event: begin, epoch, checkpoint, end and, if asked for, steps. Lines have the time,
 * as `"time":"2030-01-31T12:00:00.000Z"`, and the learning rate; numbers that are not finite are null. Lines are written at most
 * 250 ms after their event while steps run, and at the end.
 *
 * @throws TypeError or RangeError when an option is unknown or out of its range; FileError, in the training, when the host cannot write
 */
export function jsonLog(path: string | UrlLike, options: JsonLogOptions = {}): Callback {
  const { everySteps } = withDefaults("jsonLog", options, { everySteps: undefined });
  if (everySteps !== undefined) requireWhole("jsonLog", "everySteps", everySteps, 1);
  const file = new LogFile("jsonLog", path);
  const add = (event: object): Promise<void> | undefined =>
    file.add(JSON.stringify({ time: new Date().toISOString(), ...event, stop: undefined }));
  return {
    name: "jsonLog",
    onBegin: add,
    ...(everySteps !== undefined && {
      onStep: (event, { optimizer }) =>
        event.steps % everySteps === 0 ? add({ ...event, lr: optimizer.lr }) : undefined,
    }),
    onProgress: () => file.flush(),
    onEpoch: (event, { optimizer }) => add({ ...event, lr: optimizer.lr }),
    onCheckpoint: add,
    onEnd: async ({ history: { stopped, best, epochs }, error }) => {
      await add({
        type: "end",
        stopped,
        best,
        epochs: epochs.length,
        ...(error !== undefined && { error: error instanceof Error ? String(error) : shown(error) }),
      });
      await file.flush();
    },
  };
}

/**
 * Appends a line to a CSV file (RFC 4180) for each epoch: epoch, steps of the epoch, learning rate, seconds, then loss, accuracy and
 * metrics in training, on the validation set and of averages, where there are any. A new file begins with the names; a resumed training
 * continues its file. Lines are written at most 250 ms after their epoch while steps run, and at the end.
 *
 * @throws FileError, in the training, when the host cannot write
 */
export function csvLog(path: string | UrlLike): Callback {
  const file = new LogFile("csvLog", path);
  let hasNames = false;
  return {
    name: "csvLog",
    onBegin: async () => {
      hasNames = (await sizeOfFile("csvLog", path)) > 0;
    },
    onProgress: () => file.flush(),
    onEpoch: (event, trained) => {
      const row = csvRow(event, trained);
      const names = hasNames ? "" : `${row.map(([name]) => quoted(name)).join(",")}\n`;
      hasNames = true;
      return file.add(names + row.map(([, value]) => value).join(","));
    },
    onEnd: () => file.flush(),
  };
}

type Column = readonly [name: string, value: number | ""];

function csvRow(event: EpochEvent, { optimizer, hasAverages = false }: Trained): readonly Column[] {
  const { epoch, steps, seconds, validation, averaged } = event;
  return [
    ["epoch", epoch],
    ["steps", steps],
    ["lr", optimizer.lr],
    ["seconds", seconds],
    ...evaluated("", event),
    ...(validation ? evaluated("validation ", validation) : []),
    // A column from the first epoch on, though the first average may come later.
    ...(validation && hasAverages ? averagedColumns(validation, averaged) : []),
  ];
}

function averagedColumns(validation: Evaluation, averaged: Evaluation | undefined): Column[] {
  const columns = evaluated("averaged ", averaged ?? validation);
  return averaged ? columns : columns.map(([name]) => [name, ""]);
}

function evaluated(prefix: string, { loss, accuracy, metrics = {} }: Evaluation): Column[] {
  const named: Column[] = Object.entries(metrics).map(([name, value]) => [prefix + name, value]);
  return [
    [`${prefix}loss`, loss],
    ...(accuracy === undefined ? [] : [[`${prefix}accuracy`, accuracy] as const]),
    ...named,
  ];
}

/** A name as a field of CSV. */
function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
