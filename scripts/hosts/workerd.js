/** `node workerd.js MINIFLARE DIRECTORY`: runs worker.js of a directory in workerd and prints what it answers. */
import { pathToFileURL } from "node:url";

const [, , path, directory] = process.argv;
const { Miniflare } = await import(pathToFileURL(path));
const worker = new Miniflare({
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
try {
  const response = await worker.dispatchFetch("http://localhost/");
  process.stdout.write(await response.text());
} finally {
  await worker.dispose();
}
