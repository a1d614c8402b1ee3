/** What hosts without a framework share: JSON of requests as checked numbers, and answers to what is wrong with them. */

/** What is wrong with a request, with the HTTP status that says so. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The numbers of the field `name` of a JSON object. @throws RequestError unless there are `count`, all from `low` to `high` */
export function numbersOf(
  json: string,
  name: string,
  count: number,
  [low, high]: readonly [number, number],
): Float32Array {
  const numbers: unknown = fieldOf(json, name);
  if (!Array.isArray(numbers)) throw new RequestError(400, `${name} must be an array of ${count} numbers`);
  if (numbers.length !== count)
    throw new RequestError(400, `${name} must have ${count} numbers; got ${numbers.length}`);
  // JSON has no NaN, but 1e999 is read as Infinity.
  const wrong = numbers.findIndex((value) => !(typeof value === "number" && value >= low && value <= high));
  if (wrong >= 0) throw new RequestError(400, `${name}[${wrong}] must be a number from ${low} to ${high}`);
  return Float32Array.from(numbers);
}

function fieldOf(json: string, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new RequestError(400, "the body must be JSON");
  }
  if (typeof value !== "object" || value === null)
    throw new RequestError(400, `the body must be an object with ${name}`);
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** A worker's `fetch`: answers POST `path` with the JSON that `answer` makes of the body, and refuses everything else. */
export function fetchOf(
  path: string,
  limit: number,
  answer: (json: string) => object,
): (request: Request) => Promise<Response> {
  return async (request: Request): Promise<Response> => {
    try {
      if (new URL(request.url).pathname !== path) throw new RequestError(404, `there is POST ${path}`);
      if (request.method !== "POST") throw new RequestError(405, `${path} takes POST`);
      return Response.json(answer(await textOf(request, limit)));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return Response.json({ error: error.message }, { status: error.status });
    }
  };
}

/** The text of a request's body. @throws RequestError beyond `limit` bytes, without reading on */
async function textOf(request: Request, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const part of request.body ?? []) {
    bytes += part.length;
    if (bytes > limit) throw new RequestError(413, `the body must have at most ${limit} bytes`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
