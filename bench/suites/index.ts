import { coldstart } from "./coldstart.ts";
import { dropout } from "./dropout.ts";
import { files } from "./files.ts";
import { inference } from "./inference.ts";
import { layers } from "./layers.ts";
import { loop } from "./loop.ts";
import { matmul } from "./matmul.ts";
import { small } from "./small.ts";
import { step } from "./step.ts";
import type { Suite } from "./suite.ts";

export const suites: readonly Suite[] = [matmul, step, dropout, layers, small, loop, inference, coldstart, files];
