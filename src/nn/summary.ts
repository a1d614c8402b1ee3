import { Input, Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { gradients } from "../graph/gradient.ts";
import { traced } from "../graph/scope.ts";
import { Program } from "../runtime/program.ts";
import { printAmount, printTable } from "../runtime/table.ts";
import { type Dtype, type Shape, printShape } from "../tensor.ts";
import type { Module } from "./module.ts";

/** A table of the layers of `root` for one input, and what a run of it takes. */
export function summarize(root: Module, inputShape: Shape, dtype: Dtype): string {
  const input = new Input(inputShape, dtype);
  const paths = root.paths();
  const outputs = new Map<object, unknown>();
  const out = traced(paths, () => root.forward(input), outputs);
  const order = executionOrder([out]);
  const rows = [...paths]
    .filter(([module]) => module.namedChildren().length === 0)
    .map(([module, path]) => {
      const output = outputs.get(module);
      const own = order.filter((operand) => operand.layer === path);
      const flops = own.reduce((sum, operand) => sum + (operand.rule.flops ?? operand.size), 0);
      return [
        path === "" ? "" : path.slice(1, path.indexOf('"', 1)),
        module.describe(),
        output instanceof Operand ? printShape(output.shape) : "not used",
        count(module),
        flops.toLocaleString("en"),
      ];
    });
  const table = printTable(["", "layer", "output", "parameters", "FLOPs"], rows);
  return [
    table,
    "",
    `input ${printShape(inputShape)}, ${count(root)} parameters`,
    ...costs(root, inputShape, dtype),
  ].join("\n");
}

/** What a forward run costs in evaluation, and a run there and back in training. */
function costs(root: Module, inputShape: Shape, dtype: Dtype): string[] {
  const evaluation = root.inMode(false, () => {
    const input = new Input(inputShape, dtype);
    return new Program([input], [root.trace(() => root.forward(input))]);
  });
  const training = root.inMode(true, () => {
    const input = new Input(inputShape, dtype);
    return root.trace(() => {
      const out = root.forward(input);
      const dOut = new Input(out.shape, "float32");
      const found = gradients(out, dOut, root.parameters()).filter((each) => each !== null);
      // Parameters that change at each step: what is made of them is made anew.
      const update = new Operand("update", [0], root.parameters(), { calls: () => [] });
      return new Program([input, dOut], [out, ...found], [update]);
    });
  });
  return [print("evaluation", evaluation), print("training, forward and backward", training)];
}

function print(name: string, program: Program): string {
  const kept = program.keptBytes > 0 ? `, ${printAmount(program.keptBytes, "B")} kept from run to run` : "";
  return `${name}: ${printAmount(program.flops, "FLOP")}, ${printAmount(program.plan.bytes, "B")} of planned memory${kept}`;
}

function count(module: Module): string {
  return module
    .parameters()
    .reduce((sum, parameter) => sum + parameter.size, 0)
    .toLocaleString("en");
}
