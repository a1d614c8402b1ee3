import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

const POLYFILL = "Object.hasOwn = Object.hasOwn || function";

/** Leaves `Object` alone where the loader would replace a function that every engine has: it may be frozen. */
export const loaderWithoutPolyfill: Plugin = {
  name: "loader without polyfill",
  setup: (build) => {
    build.onLoad({ filter: /@assemblyscript[\\/]loader[\\/]index\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes(POLYFILL)) throw new Error(`${path}: must set Object.hasOwn; got a loader that does not`);
      return { contents: text.replace(POLYFILL, "void function") };
    });
  },
};
