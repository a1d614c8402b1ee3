/**
 * Serves the classifier of digits over HTTP. POST /predict takes {"pixels": [784 brightnesses from 0 to 1]}, GET /health tells
 * that the server runs. After SIGTERM it answers the requests that it has begun, then ends. lanegrad is not loaded.
 * Run: npx tsx examples/serving/digits.ts && PORT=8080 npx tsx examples/serving/server.ts
 */
import process from "node:process";
import { fastify } from "fastify";
import { predict } from "./model/digits.node.mjs";

const PIXELS = 784;

const body = {
  type: "object",
  required: ["pixels"],
  additionalProperties: false,
  properties: {
    pixels: { type: "array", minItems: PIXELS, maxItems: PIXELS, items: { type: "number", minimum: 0, maximum: 1 } },
  },
} as const;

const answer = {
  type: "object",
  properties: { digit: { type: "integer" }, probabilities: { type: "array", items: { type: "number" } } },
} as const;

const server = fastify({
  bodyLimit: 32 * 1024, // bytes; 784 numbers with all digits of a double need 17 kB
  // By default Fastify turns "0.5" and null into numbers and drops what the schema does not name.
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
});

interface Predict {
  readonly Body: { readonly pixels: readonly number[] };
}

server.post<Predict>("/predict", { schema: { body, response: { 200: answer } } }, (request) => {
  const probabilities = Array.from(predict(Float32Array.from(request.body.pixels)));
  return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
});

server.get("/health", () => ({ status: "ok", memory: process.memoryUsage().rss })); // bytes

let isEnding = false;
server.addHook("onSend", async (_request, reply) => {
  // Node waits for connections that clients keep open after an answer.
  if (isEnding) reply.header("connection", "close");
});
process.once("SIGTERM", () => {
  isEnding = true;
  void server.close();
});

console.log(await server.listen({ host: process.env["HOST"] ?? "127.0.0.1", port: Number(process.env["PORT"] ?? 0) }));
