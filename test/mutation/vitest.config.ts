import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { lanegrad: fileURLToPath(new URL("../../src/index.ts", import.meta.url)) } },
  test: { include: ["test/mutation/all.ts"], setupFiles: ["test/seeded.ts"], testTimeout: 10_000 },
});
