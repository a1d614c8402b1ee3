import process from "node:process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      // The first that begins an import counts.
      "lanegrad/io": fileURLToPath(new URL("src/io/index.ts", import.meta.url)),
      "lanegrad/study": fileURLToPath(new URL("src/study/index.ts", import.meta.url)),
      "lanegrad/data": fileURLToPath(new URL("src/raw/index.ts", import.meta.url)),
      "lanegrad/export": fileURLToPath(new URL("src/export/index.ts", import.meta.url)),
      "lanegrad/onnx": fileURLToPath(new URL("src/onnx/index.ts", import.meta.url)),
      "lanegrad/report": fileURLToPath(new URL("src/report/index.ts", import.meta.url)),
      lanegrad: fileURLToPath(new URL("src/index.ts", import.meta.url)),
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/seeded.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "test/tsconfig.types.json" },
    // On machines that others share, a test may fail for their sake: scripts/verdict.js names what passed at the second try.
    retry: process.env["CI"] ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["default", "json"],
    outputFile: { json: "build/test-report.json" },
  },
});
