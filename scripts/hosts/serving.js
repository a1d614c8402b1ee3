/** `node serving.js MINIFLARE DIRECTORY`: sends each body of requests.json to worker.js in workerd, and prints the answers as JSON. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { startWorker } from "./miniflare.js";

const [, , path, directory] = process.argv;
const worker = await startWorker(path, directory);
try {
  const answers = [];
  for (const { path, body } of JSON.parse(readFileSync(`${directory}/requests.json`, "utf8"))) {
    const response = await worker.dispatchFetch(`http://localhost${path}`, { method: "POST", body });
    answers.push({ status: response.status, answer: await response.json() });
  }
  process.stdout.write(JSON.stringify(answers));
} finally {
  await worker.dispose();
}
