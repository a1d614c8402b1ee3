import { type StateRecord, Trainer, nn, optim } from "../../../src/index.ts";
import { mutateJson, printJson } from "../mutate/json.ts";
import { Fault, type Target } from "../target.ts";
import { printTree, readTree } from "../tree.ts";
import { SAMPLES, models, trainerOf } from "./models.ts";
import { type Stateful, loadInto, restore } from "./stateful.ts";
import { trained } from "./training.ts";

/** An object with its state, and a state that it had. */
interface Subject {
  readonly owner: Stateful;
  readonly whole: StateRecord;
}

/** Values that mean something to what loads a state. */
export const STATE_WORDS: readonly unknown[] = [
  { $number: "NaN" },
  { $number: "Infinity" },
  { $number: "-0" },
  { $tensor: ["float32", [], [1]] },
  { $tensor: ["float32", [2], [1, { $number: "NaN" }]] },
  { $tensor: ["int32", [1], [7]] },
  { $tensor: ["float32", [4, 3], Array.from({ length: 12 }, () => 0.5)] },
  { $tensor: ["float32", [-1], []] },
  { $tensor: ["float64", [2 ** 31, 2 ** 31], []] },
  { shape: [2], dtype: "float32", data: ["NaN", "x"] },
  { shape: [1], dtype: "float32", data: { length: 1 } },
];

/** A target whose files are JSON: the name of what gets the state, and the state. */
function target(name: string, subjects: () => ReadonlyMap<string, Stateful>): Target {
  let known: ReadonlyMap<string, Subject> | undefined;
  const own = (): ReadonlyMap<string, Subject> =>
    (known ??= new Map([...subjects()].map(([key, owner]) => [key, { owner, whole: owner.stateDict() }])));
  return {
    name,
    errors: ["StateDictError"],
    room: 2 ** 25,
    async seeds() {
      return [...own()].map(([of, { whole }]) => encoded(JSON.stringify({ of, state: printTree(whole) })));
    },
    mutate(draw, seeds) {
      const { of, state } = decoded(draw.pick(seeds) ?? encoded("{}"));
      return encoded(`{"of":${JSON.stringify(of)},"state":${printJson(draw, mutateJson(draw, state, STATE_WORDS))}}`);
    },
    async read(bytes) {
      const { of, state } = decoded(bytes);
      const { owner, whole } = own().get(String(of)) ?? {};
      if (!owner || !whole)
        throw new Fault(`the file must be of one of ${[...own().keys()].join(", ")}; got ${String(of)}`);
      try {
        loadInto(owner, readTree(state));
      } finally {
        restore(owner, whole);
      }
      return 0;
    },
  };
}

/** `model.loadStateDict`. */
export const modelState = target("model-state", () => new Map(models().map((model, i) => [`model ${i}`, model])));

/** `optimizer.loadStateDict`, of trainers that made steps. */
export const optimizerState = target("optimizer-state", () => {
  const optimizers = [
    optim.sgd({ lr: 0.1, momentum: 0.9, nesterov: true }),
    optim.adam({ lr: 0.1, amsgrad: true }),
    optim.nAdam({ lr: 0.1 }),
    optim.adagrad({ lr: 0.1 }),
    optim.rmsprop({ lr: 0.1, centered: true, momentum: 0.5 }),
  ];
  const others = optimizers.map((optimizer): [string, Stateful] => [optimizer.name, stepped(optimizer)]);
  const grouped = trainerOf();
  grouped.trainer.step(SAMPLES.x, SAMPLES.y);
  return new Map<string, Stateful>([...others, ["groups", grouped.optimizer]]);
});

/** `schedule.loadStateDict`. */
export const scheduleState = target("schedule-state", () => {
  const made: readonly [string, (optimizer: optim.Optimizer) => Stateful & { step(metric: number): void }][] = [
    ["linearLr", (optimizer) => optim.linearLr(optimizer)],
    ["oneCycleLr", (optimizer) => optim.oneCycleLr(optimizer, 0.1, { totalSteps: 9 })],
    ["reduceLrOnPlateau", (optimizer) => optim.reduceLrOnPlateau(optimizer, { patience: 1, cooldown: 1 })],
    [
      "sequentialLr",
      (optimizer) =>
        optim.sequentialLr(optimizer, [optim.linearLr(optimizer), optim.cosineAnnealingLr(optimizer, 9)], [3]),
    ],
    [
      "chainedScheduler",
      (optimizer) => optim.chainedScheduler([optim.stepLr(optimizer, 2), optim.exponentialLr(optimizer, 0.9)]),
    ],
  ];
  return new Map(
    made.map(([name, make]) => {
      const schedule = make(stepped(optim.sgd({ lr: 0.1, momentum: 0.9 })));
      for (const metric of [3, 2, 2, 2]) schedule.step(metric);
      return [name, schedule];
    }),
  );
});

/** `trainer.loadStateDict`, and `fit` that goes on from there. */
export const trainerState: Target = {
  name: "trainer-state",
  errors: ["StateDictError", "NonFiniteError"],
  room: 2 ** 25,
  async seeds() {
    return [encoded(JSON.stringify({ state: printTree((await trained()).whole) }))];
  },
  mutate(draw, seeds) {
    const { state } = decoded(draw.pick(seeds) ?? encoded("{}"));
    return encoded(`{"state":${printJson(draw, mutateJson(draw, state, STATE_WORDS))}}`);
  },
  async read(bytes) {
    await (await trained()).resume(readTree(decoded(bytes).state));
    return 0;
  },
};

function stepped(optimizer: optim.Optimizer): optim.Optimizer {
  const trainer = new Trainer(nn.sequential(nn.linear(3, 2)), { loss: nn.mseLoss(), optimizer });
  for (let step = 0; step < 2; step++) trainer.step(SAMPLES.x, SAMPLES.y);
  return optimizer;
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decoded(bytes: Uint8Array): { readonly of?: unknown; readonly state?: unknown } {
  return Object(JSON.parse(new TextDecoder().decode(bytes)));
}
