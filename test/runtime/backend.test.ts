import { execFileSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { backend, configure, manualSeed, nn, tensor } from "../../src/index.ts";
import { BUILDS } from "../kernels/harness.ts";
import { expectClose, randomTensor } from "../support.ts";

afterAll(() => configure({ reproducible: false, threads: "auto" }));

describe("backend", () => {
  test("takes the relaxed kernels where the engine offers them, strict ones where asked to, and says why", () => {
    configure({ reproducible: false });
    const relaxed = BUILDS.includes("relaxed");
    expect(backend().kernels).toBe(relaxed ? "relaxed" : "strict");
    expect(backend().why.join()).toContain(relaxed ? "fuses multiply and add" : "does not offer relaxed SIMD");
    configure({ reproducible: true, threads: 1 });
    expect(backend()).toEqual({
      kernels: "strict",
      wide: false,
      threads: 1,
      reproducible: true,
      debug: false,
      why: ["strict kernels: reproducible results were asked for", "1 thread: as asked for"],
    });
  });

  test("models made before a change of kernels run on, within rounding", () => {
    manualSeed(1);
    const model = nn.sequential(nn.linear(50, 40), nn.gelu(), nn.linear(40, 3));
    const x = randomTensor([9, 50], 1);
    configure({ reproducible: true });
    const strict = model.predict(x).data;
    configure({ reproducible: false });
    expectClose(model.predict(x).data, strict, { relative: 1e-5, absolute: 1e-6 });
    configure({ reproducible: true });
    expect(model.predict(x).data).toEqual(strict);
  });

  test("a wrong environment variable is an error that names it", () => {
    const program =
      'import("./build/esm/index.js").then((m) => console.log(m.backend().kernels), (e) => console.log(e.message))';
    const run = (value: string): string =>
      execFileSync(process.execPath, ["-e", program], {
        encoding: "utf8",
        env: { ...process.env, LANEGRAD_REPRODUCIBLE: value },
      });
    expect(run("1")).toBe("strict\n");
    expect(run("yes")).toBe("LANEGRAD_REPRODUCIBLE: must be 0 or 1; got yes\n");
  });

  // Figures of the strict kernels on any machine: sums of an exact and of an inexact network, as bits.
  test("reproducible means these very bits", () => {
    configure({ reproducible: true });
    manualSeed(123);
    const model = nn.sequential(nn.linear(7, 5), nn.tanh(), nn.dropout(0.5), nn.linear(5, 2), nn.softmax());
    const x = tensor([[0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7]]);
    const bits = (values: Float32Array): number[] => [
      ...new Uint32Array(values.buffer, values.byteOffset, values.length),
    ];
    expect([bits(model.predict(x).data), bits(model.run(x).data)]).toMatchInlineSnapshot(`
      [
        [
          1054779079,
          1058057372,
        ],
        [
          1055960996,
          1057466415,
        ],
      ]
    `);
  });
});
