import { describe, expect, test } from "vitest";
import { exportWasm } from "../../src/export/index.ts";
import { type Operand, nn, ops } from "../../src/index.ts";

/** Sections of a module that are no code. */
const [CUSTOM, DATA] = [0, 11];

// The networks of the benchmark.

class Cnn extends nn.Module {
  readonly conv1 = nn.conv2d(1, 32, 3, { padding: 1 });
  readonly norm1 = nn.batchNorm2d(32);
  readonly conv2 = nn.conv2d(32, 64, 3, { padding: 1 });
  readonly norm2 = nn.batchNorm2d(64);
  readonly pool = nn.maxPool2d(2);
  readonly head = nn.linear(64 * 7 * 7, 10);

  override forward(x: Operand): Operand {
    const first = this.pool.call(ops.relu(this.norm1.call(this.conv1.call(x))));
    const second = this.pool.call(ops.relu(this.norm2.call(this.conv2.call(first))));
    return this.head.call(ops.reshape(second, [-1, 64 * 7 * 7]));
  }
}

class Lstm extends nn.Module {
  readonly lstm = nn.lstm(28, 128, { batchFirst: true });
  readonly head = nn.linear(128, 10);

  override forward(x: Operand): Operand {
    return this.head.call(ops.reshape(this.lstm.sequence(x).hN, [-1, 128]));
  }
}

class Encoder extends nn.Module {
  readonly embed = nn.linear(28, 128);
  readonly layer = nn.transformerEncoderLayer(128, 4, { dimFeedforward: 512, batchFirst: true });
  readonly head = nn.linear(128, 10);

  override forward(x: Operand): Operand {
    return this.head.call(ops.mean(this.layer.call(this.embed.call(x)), 1));
  }
}

const mlp = (): nn.Module => nn.sequential(nn.linear(784, 512), nn.relu(), nn.dropout(0.3), nn.linear(512, 10));

describe("the code of an exported file", () => {
  test.each([
    { name: "an MLP", model: mlp, shape: [1, 784], kB: 20 },
    { name: "a CNN", model: () => new Cnn(), shape: [1, 1, 28, 28], kB: 60 },
    { name: "an LSTM", model: () => new Lstm(), shape: [1, 28, 28], kB: 60 },
    { name: "an encoder", model: () => new Encoder(), shape: [1, 28, 28], kB: 60 },
  ])("of $name: at most $kB kB", ({ model, shape, kB }) => {
    for (const weights of ["float32", "bf16", "f16", "int8"] as const) {
      const size = sizeOfCode(exportWasm(model(), shape, { weights, batchSizes: [32] }).wasm);
      expect(size).toBeGreaterThan(1000);
      expect(size).toBeLessThanOrEqual(kB * 1000);
    }
  });
});

/** Bytes of all sections of a module but data and custom ones. */
function sizeOfCode(wasm: Uint8Array): number {
  let size = 0;
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at++];
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    if (id !== DATA && id !== CUSTOM) size += length;
    at += length;
  }
  return size;
}
