/** Every scenario of `npm run chaos`. A new one is a file beside this one and a name in this list. */
import type { Scenario } from "../scenario.ts";
import { augmented } from "./augmented.ts";
import { cnn } from "./cnn.ts";
import { lstm } from "./lstm.ts";
import { mlp } from "./mlp.ts";
import { regression } from "./regression.ts";
import { streamed } from "./streamed.ts";
import { transformer } from "./transformer.ts";

export const scenarios: readonly Scenario[] = [mlp, cnn, lstm, transformer, regression, augmented, streamed];
