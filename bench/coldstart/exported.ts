import { answer, predictionInput, settings } from "./job.ts";
import { fileOf } from "../subjects/exported-file.ts";

const { predict } = (await import(new URL(`${fileOf(settings())}.js`, import.meta.url).href)) as {
  readonly predict: (input: Float32Array) => Float32Array;
};
answer(predict(predictionInput()));
