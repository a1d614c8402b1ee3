import { isRecord } from "../../base/record.ts";
import type { StateReader } from "../../base/state-reader.ts";
import type { EpochRecord, ScoresRecord } from "./record.ts";

/** The epochs of a state, from JSON; problems are told to the reader. */
export function epochsOf(reader: StateReader, text: unknown): readonly EpochRecord[] {
  const epochs = listIn(text);
  if (epochs?.every(isEpoch)) return epochs;
  reader.wrong("epochs", "no JSON of epochs");
  return [];
}

function listIn(text: unknown): readonly unknown[] | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isEpoch(value: unknown): value is EpochRecord {
  if (!isScores(value)) return false;
  const { epoch, seconds, validation, rates, dropout }: Partial<Record<keyof EpochRecord, unknown>> = value;
  return (
    Number.isSafeInteger(epoch) &&
    typeof seconds === "number" &&
    (validation === null || isScores(validation)) &&
    Array.isArray(rates) &&
    rates.every((rate) => typeof rate === "number") &&
    isRecord(dropout) &&
    Object.values(dropout).every((p) => typeof p === "number")
  );
}

function isScores(value: unknown): value is ScoresRecord {
  if (!isRecord(value)) return false;
  const { loss, accuracy, metrics } = value;
  return [loss, accuracy, ...(isRecord(metrics) ? Object.values(metrics) : [undefined])].every(
    (each) => each === null || typeof each === "number",
  );
}
