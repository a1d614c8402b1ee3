/**
 * The athletes of the Olympic Games of 2016: 11,538 rows of 12 columns.
 *
 * Source: olympians.csv of the npm package @observablehq/sample-datasets 1.0.1 (ISC), collected by Matt Riggott from the pages
 * of the International Olympic Committee (https://www.flother.is/2017/olympic-games-data/).
 *
 * Columns: id, name, nationality (207 codes), sex (female, male), date_of_birth, height (m, 330 missing), weight (kg, 659
 * missing), sport (28), gold, silver, bronze (counts of medals), info (a text on few athletes). Of the 10,879 athletes whose
 * weight is known, the height of 21 is missing.
 */
import { packageFile } from "./package-file.ts";

export const OLYMPIANS_CSV = packageFile("@observablehq/sample-datasets/olympians.csv");
