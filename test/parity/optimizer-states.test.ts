import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { StateDictError, Trainer, nn, optim } from "../../src/index.ts";
import type { StateRecord } from "../../src/base/state-tree.ts";
import { expectClose } from "../support.ts";
import { type Stored, camelCase, casesOf, entryOf, load, loadAll } from "./fixtures.ts";
import { OPTIMIZERS } from "./optimizers.ts";

/** A training of PyTorch: weights and optimizer after five steps, and weights after ten. */
interface StateCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, never>>;
  /** Whether biases are a group of their own. */
  readonly groups: boolean;
  readonly frozen: readonly string[];
  readonly middle: Readonly<Record<string, Stored>>;
  readonly state: StateRecord & { readonly state: Readonly<Record<string, StateRecord>> };
  readonly schedule: StateRecord | null;
  readonly end: Readonly<Record<string, Stored>>;
}

const CASES = casesOf<StateCase>("optimizer-states");
const { x, y } = JSON.parse(
  readFileSync(new URL("fixtures/optimizer-states.json", import.meta.url), "utf8"),
) as Readonly<Record<"x" | "y", Stored>>;

function trainerOf({ op, config, groups, frozen, middle }: StateCase): Trainer {
  const model = nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 2));
  model.loadStateDict(loadAll(middle));
  for (const [name, parameter] of model.namedParameters()) parameter.requiresGrad = !frozen.includes(name);
  const lr = Number(config["lr"]);
  const biases = { parameters: (name: string) => name.endsWith("bias"), lr: lr / 2, weightDecay: 0.01 };
  const options = { ...camelCase(config), ...(groups && { groups: [biases] }) } as Readonly<Record<string, never>>;
  const optimizer = entryOf(OPTIMIZERS, op)(options);
  return new Trainer(model, { loss: nn.mseLoss(), optimizer });
}

/** Tensors and numbers of an entry as arrays: PyTorch has counts of steps as one or the other. */
function numbersOf(entry: StateRecord): Readonly<Record<string, readonly number[]>> {
  const numbers = (value: unknown): number[] => (typeof value === "number" ? [value] : [...load(value as Stored).data]);
  return Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, numbers(value)]));
}

describe.each(CASES)("$name", (each) => {
  test("five steps after PyTorch's five give PyTorch's weights", () => {
    const trainer = trainerOf(each);
    const { optimizer } = trainer.options;
    const schedule = each.schedule && optim.oneCycleLr(optimizer, 0.05, { totalSteps: 11 });
    optimizer.loadStateDict(each.state);
    if (schedule && each.schedule) schedule.loadStateDict(each.schedule);
    expect(optimizer.steps).toBe(each.op === "SGD" ? Number("momentum" in each.config) : 5);
    for (let i = 0; i < 5; i++) {
      trainer.step(load(x), load(y));
      schedule?.step();
    }
    for (const [name, { data }] of Object.entries(trainer.model.stateDict())) {
      const [middle, end] = [load(entryOf(each.middle, name)).data, entryOf(each.end, name).data];
      // As for whole runs of training: rounding differs at every step and is carried along.
      expectClose(data, end, { relative: 1e-4, absolute: 1e-6, what: name });
      expect(data.every((value, i) => value === middle[i])).toBe(each.frozen.includes(name));
    }
  });

  test("what was loaded is saved by the names of PyTorch", () => {
    const { optimizer } = trainerOf(each).options;
    optimizer.loadStateDict(each.state);
    const { state, param_groups: groups } = optimizer.stateDict();
    expect(each.state["param_groups"]).toMatchObject(groups);
    // PyTorch's SGD counts no steps: without velocity nothing tells that there were some.
    const isCounted = each.op !== "SGD" || "momentum" in each.config;
    expect(Object.keys(state)).toEqual(isCounted ? Object.keys(each.state.state) : []);
    for (const [index, { step, ...entry }] of Object.entries(state)) {
      // PyTorch's SGD has no count of steps: it is 1 here.
      expect(numbersOf({ step: step ?? null, ...entry })).toEqual({
        step: [1],
        ...numbersOf(entryOf(each.state.state, index)),
      });
    }
  });

  test("the state survives JSON, and is refused by another optimizer", () => {
    const { optimizer } = trainerOf(each).options;
    optimizer.loadStateDict(each.state);
    const saved = optimizer.stateDict();
    optimizer.loadStateDict(JSON.parse(JSON.stringify(saved)) as StateRecord);
    expect(optimizer.stateDict()).toEqual(saved);
    const other = each.op === "Adadelta" ? optim.adam() : optim.adadelta();
    void new Trainer(nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 2)), {
      loss: nn.mseLoss(),
      optimizer: other,
    });
    const before = other.stateDict();
    expect(() => other.loadStateDict(each.state)).toThrow(StateDictError);
    expect(other.stateDict()).toEqual(before);
  });
});
