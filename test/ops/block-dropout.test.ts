import { describe, expect, test } from "vitest";
import { type Operand, Tensor, manualSeed, nn, optim, ops, Trainer, vjp } from "../../src/index.ts";
import { executionOrder } from "../../src/graph/order.ts";
import { Input } from "../../src/graph/operand.ts";
import { blockDropout } from "../../src/ops/dropout/block-dropout.ts";
import { nextRngState } from "../../src/runtime/random.ts";
import { Lambda, expectClose, randomTensor } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

type Rates = { readonly block: number; readonly group: number; readonly keep: number };

/** Dropout by blocks; `dense` hides from it what made its input, and from others what it made, so that nothing is skipped. */
class Blocks extends nn.Module {
  readonly counter = nextRngState();
  constructor(
    readonly rates: Rates,
    readonly dense: boolean,
  ) {
    super();
  }

  override forward(x: Operand): Operand {
    if (!this.training) return x;
    const opaque = (each: Operand): Operand => (this.dense ? ops.multiply(each, ops.filled([1], 1)) : each);
    return opaque(blockDropout(opaque(x), this.counter, this.rates, 2));
  }
}

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly model: (drop: (rates: Rates) => nn.Module) => readonly nn.Module[];
  /** Its operations, packing and views apart: where products skip, nothing is compacted or expanded. */
  readonly operations: string;
}

const RATES: Rates = { block: 16, group: 4, keep: 2 };

const CASES: readonly Case[] = [
  {
    name: "between linear layers",
    shape: [10, 12],
    model: (drop) => [
      nn.linear(12, 64),
      nn.relu(),
      drop(RATES),
      nn.linear(64, 48),
      nn.tanh(),
      drop(RATES),
      nn.linear(48, 5),
    ],
    operations:
      "selectBlocks matmulBlockSparse addRowToBlocks relu affine selectBlocks matmulBlockSparse addRowToBlocks tanh affine matmulBlockSparse add",
  },
  {
    name: "on the input, of 8 columns",
    shape: [9, 40],
    model: (drop) => [drop({ block: 8, group: 4, keep: 3 }), nn.linear(40, 33)],
    operations: "selectBlocks compactBlocks affine matmulBlockSparse add",
  },
  {
    name: "straight after a layer without bias, 32 columns",
    shape: [33, 20],
    model: (drop) => [nn.linear(20, 96, { bias: false }), drop({ block: 32, group: 32, keep: 2 }), nn.linear(96, 20)],
    operations: "selectBlocks matmulBlockSparse affine matmulBlockSparse add",
  },
  {
    name: "groups of different sizes",
    shape: [20, 16],
    model: (drop) => [
      nn.linear(16, 32),
      nn.gelu(),
      drop({ block: 16, group: 8, keep: 1 }),
      nn.linear(32, 32),
      drop({ block: 16, group: 5, keep: 1 }),
      nn.linear(32, 3),
    ],
    operations:
      "selectBlocks matmulBlockSparse addRowToBlocks gelu affine matmulBlockSparse selectBlocks compactBlocks addRowToBlocks affine matmulBlockSparse add",
  },
  {
    name: "a width that is no multiple of the block: nothing is skipped",
    shape: [7, 10],
    model: (drop) => [nn.linear(10, 20), nn.relu(), drop({ block: 16, group: 3, keep: 1 }), nn.linear(20, 4)],
    operations: "matmul add relu selectBlocks compactBlocks affine expandBlocks matmul add",
  },
  {
    name: "blocks too small to be left out of a product",
    shape: [6, 10],
    model: (drop) => [nn.linear(10, 12), nn.sigmoid(), drop({ block: 1, group: 3, keep: 6 }), nn.linear(12, 4)],
    operations: "matmul add sigmoid selectBlocks compactBlocks affine expandBlocks matmul add",
  },
  {
    name: "a softmax between: only what comes after skips",
    shape: [8, 10],
    model: (drop) => [nn.linear(10, 32), nn.softmax(), drop({ block: 16, group: 4, keep: 1 }), nn.linear(32, 4)],
    operations: "matmul add softmax selectBlocks compactBlocks affine matmulBlockSparse add",
  },
  {
    name: "sequences of features",
    shape: [6, 5, 16],
    model: (drop) => [nn.linear(16, 32), nn.relu(), drop({ block: 16, group: 2, keep: 1 }), nn.linear(32, 4)],
    operations: "selectBlocks matmulBlockSparse addRowToBlocks relu affine matmulBlockSparse add",
  },
  {
    name: "channels of pictures",
    shape: [5, 6, 2, 2],
    model: (drop) => [drop({ block: 2, group: 2, keep: 2 }), nn.flatten(), nn.linear(24, 4)],
    operations: "selectBlocks compactBlocks affine matmulBlockSparse add",
  },
];

/** What operations read, and what is done beside them. */
const UNCOUNTED = new Set(["parameter", "counter", "input", "packPanels", "reshape"]);

function make({ model }: Case, dense: boolean): nn.Sequential {
  manualSeed(3);
  return new nn.Sequential(...model((rates) => new Blocks(rates, dense)));
}

describe.each(CASES)("block dropout, $name", (each) => {
  const x = randomTensor(each.shape, 1);

  test("is the dense form, in value and in every gradient", () => {
    const [skipping, dense] = [make(each, false), make(each, true)];
    for (let step = 0; step < 3; step++) {
      const cotangent = randomTensor(skipping.eval().run(x).shape, 5 + step);
      const [a, b] = [skipping.train(), dense.train()].map((model) => vjp(model, [x], cotangent));
      expectClose(a?.output.data ?? [], b?.output.data ?? [], { what: "output" });
      expectClose(a?.inputs[0]?.data ?? [], b?.inputs[0]?.data ?? [], { what: "gradient by x" });
      for (const [name, expected] of Object.entries(b?.parameters ?? {})) {
        expectClose(a?.parameters[name]?.data ?? [], expected.data, { what: `gradient by ${name}` });
      }
    }
  });

  test("skips where it can", () => {
    const model = make(each, false);
    const out = model.trace(() => model.call(new Input(each.shape, "float32")));
    const made = executionOrder([out]).map(({ operation }) => operation);
    expect(made.filter((operation) => !UNCOUNTED.has(operation)).join(" ")).toBe(each.operations);
  });

  test("gives the same bits for 1 to 4 threads", async () => {
    const [losses] = await expectSameBits([2, 3, 4], () => {
      const model = make(each, false);
      const { output } = vjp(model, [x], model.eval().run(x));
      const trainer = new Trainer(model.train(), { loss: nn.mseLoss(), optimizer: optim.adam() });
      return [Array.from({ length: 5 }, () => trainer.step(x, output)), model.stateDict()] as const;
    });
    expect(new Set(losses).size).toBe(5);
  });
});

test("a group has one choice, whole blocks, exactly as many as asked for, at the right scale", () => {
  manualSeed(1);
  const counter = nextRngState();
  const drop = new Lambda((x) => blockDropout(x, counter, { block: 4, group: 3, keep: 2 }, 3));
  const ones = new Tensor([8, 22], "float32", new Float32Array(8 * 22).fill(1));
  const rows = (): number[][] => drop.run(ones).toArray() as number[][];
  const [first, second] = [rows(), rows()];
  expect(second).not.toEqual(first);
  expect(new Set(first.flat())).toEqual(new Set([0, 3])); // 6 blocks, 2 kept
  for (let m = 0; m < 8; m++) {
    expect(first[m]).toEqual(first[m - (m % 3)]);
    const blocks = [0, 1, 2, 3, 4, 5].map((i) => new Set(first[m]?.slice(4 * i, 4 * i + 4)));
    expect(blocks.every((values) => values.size === 1)).toBe(true);
    expect(blocks.filter((values) => values.has(3))).toHaveLength(2);
  }
  expect(first[0]).not.toEqual(first[3]);
});
