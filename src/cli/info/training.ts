import { pairs } from "../terminal/table.ts";

/** Where the training of a checkpoint stands. */
export interface TrainingFacts {
  /** Whole epochs. */
  readonly epochs: number;
  readonly steps: number;
  /** Training loss of the last whole epoch; null before it. */
  readonly loss: number | null;
  /** Settings that a resumed training compares, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The facts in the state of a checkpoint; null if it has another form. */
export function trainingIn(state: unknown): TrainingFacts | null {
  const position: unknown = Reflect.get(Object(state), "position");
  if (typeof position !== "object" || position === null) return null;
  const number = (of: object, name: string): number => {
    const found: unknown = Reflect.get(of, name);
    return typeof found === "number" ? found : NaN;
  };
  const found: unknown = Reflect.get(position, "done");
  // The JSON of a state marks an array by its first item: ["array", ...].
  const done: readonly unknown[] = Array.isArray(found) ? found.slice(1) : [];
  const loss = number(Object(done.at(-1)), "loss");
  const settings = Object.entries(Object(Reflect.get(position, "settings"))).flatMap(
    ([name, value]: readonly [string, unknown]) =>
      ["string", "number", "boolean"].includes(typeof value) ? [[name, String(value)] as const] : [],
  );
  return {
    epochs: done.length,
    steps: number(position, "steps"),
    loss: Number.isFinite(loss) ? loss : null,
    settings: Object.fromEntries(settings),
  };
}

/** Names and values; the model has a table of its own. */
export function trainingText({ epochs, steps, loss, settings }: TrainingFacts, columns: number): string {
  const shown = Object.entries(settings).filter(([name]) => name !== "model" && name !== "lanegrad");
  return pairs(
    [
      ["epochs", String(epochs)],
      ["steps", String(steps)],
      ...(loss === null ? [] : [["loss", loss.toPrecision(4)] as const]),
      ...shown,
    ],
    columns,
  );
}
