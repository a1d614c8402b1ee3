import { pathToFileURL } from "node:url";

/** worker.js of a directory, in workerd, started by the miniflare at a path. */
export async function startWorker(path, directory) {
  const { Miniflare } = await import(pathToFileURL(path));
  return new Miniflare({
    rootPath: directory,
    modulesRoot: directory,
    scriptPath: `${directory}/worker.js`,
    modules: true,
    modulesRules: [
      { type: "ESModule", include: ["**/*.js"] },
      { type: "CompiledWasm", include: ["**/*.wasm"] },
    ],
    compatibilityDate: "2026-01-01",
  });
}
