/**
 * A Cloudflare worker of the digit classifier: POST /predict takes {"pixels": [784 brightnesses from 0 to 1]}.
 * Run: npx tsx examples/serving/digits.ts && npx wrangler dev --config examples/serving/worker/wrangler.jsonc
 */
import { predict } from "../model/digits.workerd.js";
import { fetchOf, numbersOf } from "../request.ts";

const BODY_LIMIT = 32 * 1024; // bytes; 784 numbers with all digits of a double need 17 kB

export default {
  fetch: fetchOf("/predict", BODY_LIMIT, (json) => {
    const probabilities = Array.from(predict(numbersOf(json, "pixels", 784, [0, 1])));
    return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
  }),
};
