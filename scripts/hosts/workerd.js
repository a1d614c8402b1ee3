/** `node workerd.js MINIFLARE DIRECTORY`: runs worker.js of a directory in workerd and prints what it answers. */
import process from "node:process";
import { startWorker } from "./miniflare.js";

const [, , path, directory] = process.argv;
const worker = await startWorker(path, directory);
try {
  const response = await worker.dispatchFetch("http://localhost/");
  process.stdout.write(await response.text());
} finally {
  await worker.dispose();
}
