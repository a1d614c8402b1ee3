/**
 * An edge worker that classifies vectors of sentences: POST /classify takes {"vector": [384 numbers]}, as transformers.js makes
 * them in the browser, `Array.from(extracted.data)`. The text itself never leaves the browser.
 */
import { predict } from "../model/spam.workerd.js";
import { fetchOf, numbersOf } from "../request.ts";

const BODY_LIMIT = 16 * 1024; // bytes; 384 numbers with all digits of a double need 9 kB

export default {
  fetch: fetchOf("/classify", BODY_LIMIT, (json) => {
    const [spam = NaN] = predict(numbersOf(json, "vector", 384, [-1, 1])); // a vector of length 1
    return { spam };
  }),
};
