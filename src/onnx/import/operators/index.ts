import type { Operators } from "../node.ts";
import { activationOperators } from "./activation.ts";
import { convolutionOperators } from "./convolution.ts";
import { elementwiseOperators } from "./elementwise.ts";
import { gatherOperators } from "./gather.ts";
import { matrixOperators } from "./matrix.ts";
import { normalizationOperators } from "./normalization.ts";
import { poolingOperators } from "./pooling.ts";
import { recurrentOperators } from "./recurrent.ts";
import { reductionOperators } from "./reduction.ts";
import { resizeOperators } from "./resize.ts";
import { shapeOperators } from "./shape.ts";

/** All operators that are known, by their names. */
export const OPERATORS: Operators = {
  ...activationOperators,
  ...convolutionOperators,
  ...elementwiseOperators,
  ...gatherOperators,
  ...matrixOperators,
  ...normalizationOperators,
  ...poolingOperators,
  ...recurrentOperators,
  ...reductionOperators,
  ...resizeOperators,
  ...shapeOperators,
};

/** Inputs that are settings of an operator rather than numbers to compute with: initializers there are constants. */
export const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  ConstantOfShape: [0],
  CumSum: [1],
  Dropout: [1, 2],
  Expand: [1],
  OneHot: [1, 2],
  Pad: [1, 2, 3],
  Pow: [1],
  Range: [0, 1, 2],
  Reshape: [1],
  Resize: [1, 2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Tile: [1, 2],
  Upsample: [1],
};
