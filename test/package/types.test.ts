import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, install } from "./installed.ts";

const PROGRAM = `
import { type Backend, type Operand, type Tensor, backend, configure, data, metrics, nn, ops, optim, tensor, Trainer } from "lanegrad";

class Doubled extends nn.Module {
  readonly body = nn.linear(4, 4);
  readonly gain = new nn.Parameter([1]);
  override forward(x: Operand): Operand {
    return ops.multiply(this.gain, ops.add(x, ops.relu(this.body.forward(x))));
  }
}
configure({ reproducible: true });
const model = nn.sequential(new Doubled(), nn.dropout(0.5), nn.linear(4, 2));
const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.1 }) });
const set: data.Dataset = data.fromArrays([[1, 2, 3, 4]], Int32Array.of(1));
const loss: number = trainer.step(set.x, set.y);
const prediction: Tensor<"float32"> = model.predict(tensor([[1, 2, 3, 4]]));
const { accuracy }: metrics.ConfusionMatrix = metrics.confusionMatrix(prediction, set.y);
const { why }: Backend = backend();
export const all: readonly unknown[] = [loss, accuracy, why, String(trainer.stepProgram(set.x, set.y))];
`;

/** What users have no use for, by what it would be called on. */
const INTERNAL = {
  trainer: ["stepOn", "updates", "epochEnded", "dropGradients", "evaluator"],
  "trainer.stepProgram(set.x, set.y)": ["plan", "execute", "inputs", "outputs", "release"],
  "trainer.options.optimizer": ["attach", "prepare", "taken", "update"],
  "trainer.options.optimizer.groups[0]": ["hyper", "claim"],
  "new nn.Parameter([1])": ["address", "storage", "rule", "inputs", "id", "amend"],
  model: ["trace", "paths"],
  ops: ["sumTo", "sumRows", "sumColumns"],
};

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

/** What the compiler says to a program of a user without the DOM and without Node's types. */
function complaints(file: string, text: string, compilerOptions: object): string {
  installed.write(file, text);
  const options = { target: "es2022", lib: ["ES2023"], types: [], strict: true, skipLibCheck: false, noEmit: true };
  const project = { compilerOptions: { ...options, ...compilerOptions }, files: [file] };
  const { stdout } = spawnSync("npx", ["tsc", "-p", installed.write("tsconfig.json", JSON.stringify(project))], {
    cwd: resolve("."),
    encoding: "utf8",
  });
  return stdout;
}

describe("the types", () => {
  test.each([
    ["program.mts", { module: "nodenext" }],
    ["program.cts", { module: "node16" }],
    ["program.ts", { module: "preserve", moduleResolution: "bundler" }],
  ])("compile in %s with %o, without the DOM and without Node's types", (file, options) => {
    expect(complaints(file, PROGRAM, options)).toBe("");
  });

  test("do not show what is internal", () => {
    const uses = Object.entries(INTERNAL).flatMap(([owner, names]) => names.map((name) => `(${owner}).${name};`));
    const found = complaints("internal.mts", `${PROGRAM}\n${uses.join("\n")}`, { module: "nodenext" });
    const missing = [...found.matchAll(/Property '(\w+)' does not exist/g)].map(([, name]) => name);
    expect(missing).toEqual(Object.values(INTERNAL).flat());
  });
});
