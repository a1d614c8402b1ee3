import { createHash } from "node:crypto";
import { Tensor, Trainer, type TrainerOptions, manualSeed, nn, optim, vjp } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

/** What is trained, on sizes that are no multiples of anything, and large enough for four threads to have work. */
export interface Family {
  readonly name: string;
  readonly model: () => nn.Module;
  readonly inputs: readonly Tensor[];
  /** Default: random numbers of the prediction's shape. */
  readonly targets?: readonly Tensor[];
  /** Default: mean squared error. */
  readonly loss?: () => nn.Loss;
  /** Default: SGD at a rate of 0.1. */
  readonly optimizer?: () => optim.Optimizer;
  readonly options?: Omit<TrainerOptions, "loss" | "optimizer">;
  readonly weights?: Tensor<"float32">;
  /** After two steps and before a third. */
  readonly midway?: (model: nn.Module) => void;
  /** What else it gives. */
  readonly also?: (trainer: Trainer) => Promise<Given> | Given;
}

type Given = Readonly<Record<string, Tensor | number>>;

/** The layers that follow one another. */
export function chain(...layers: readonly nn.Module[]): nn.Sequential {
  return new nn.Sequential(...layers);
}

/** The layers between functions of single elements: next to them a barrier that is missing is missed. */
export function amidElements(...layers: readonly nn.Module[]): nn.Sequential {
  return chain(nn.softsign(), ...layers, nn.softsign());
}

export function whole(size: number, below: number, shape: readonly number[] = [size]): Tensor<"int32"> {
  return new Tensor(
    shape,
    "int32",
    Int32Array.from({ length: size }, (_, i) => (i * i + 3 * i) % below),
  );
}

/** The output in both modes, gradients, losses of two steps, and what the optimizer made of the parameters: names and bits. */
export async function outcomeOf(family: Family): Promise<Record<string, string>> {
  const { model: make, inputs, loss = () => nn.mseLoss(), optimizer = () => optim.sgd({ lr: 0.1 }) } = family;
  manualSeed(9);
  const model = make();
  const output = model.eval().run(...inputs);
  const found: Record<string, Tensor | number> = { "output in evaluation": output };
  model.train();
  const cotangent = randomTensor(output.shape, 91);
  const jacobian = vjp(model, inputs, cotangent);
  found["output in training"] = jacobian.output;
  jacobian.inputs.forEach((gradient, i) => gradient && (found[`gradient by input ${i}`] = gradient));
  for (const [name, gradient] of Object.entries(jacobian.parameters)) found[`gradient by ${name}`] = gradient;
  const trainer = new Trainer(model, { loss: loss(), optimizer: optimizer(), ...family.options });
  const targets = family.targets ?? [randomTensor(output.shape, 92)];
  const step = (): number =>
    trainer.step(inputs, targets, family.weights === undefined ? undefined : { weights: family.weights });
  found["first loss"] = step();
  found["second loss"] = step();
  if (family.midway) {
    family.midway(model);
    found["third loss"] = step();
  }
  if (trainer.gradientNorm !== undefined) found["gradient norm"] = trainer.gradientNorm;
  Object.assign(found, await family.also?.(trainer));
  for (const [name, tensor] of Object.entries(model.stateDict())) found[name] = tensor;
  for (const [name, tensor] of Object.entries(trainer.averaged?.stateDict() ?? {}))
    found[`average of ${name}`] = tensor;
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, printBits(value)]));
}

/** How bits print where one of the numbers is NaN or infinite, which would hide what differs. */
export const NOT_FINITE = "not finite";

/** A number to the last bit, or shape and digest of a tensor's bytes. */
function printBits(value: Tensor | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : NOT_FINITE;
  const { data, shape } = value;
  if (!data.every(Number.isFinite)) return NOT_FINITE;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `[${shape.join(", ")}] ${createHash("sha1").update(bytes).digest("hex")}`;
}
