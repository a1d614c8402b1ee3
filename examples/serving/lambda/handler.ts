/**
 * An AWS Lambda handler of the digit classifier, for events of API Gateway's HTTP APIs and of function URLs (format 2.0):
 * the body is {"pixels": [784 brightnesses from 0 to 1]}. lambda/bundle.ts makes one file of it, with the model inside.
 */
import { predict } from "../model/digits.inline.js";
import { RequestError, numbersOf } from "../request.ts";

/** What is read of an event. */
export interface HttpEvent {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function result(statusCode: number, value: object): HttpResult {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export async function handler({ body = "", isBase64Encoded }: HttpEvent): Promise<HttpResult> {
  try {
    const json = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
    const probabilities = Array.from(predict(numbersOf(json, "pixels", 784, [0, 1])));
    return result(200, { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return result(error.status, { error: error.message });
  }
}
