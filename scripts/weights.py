"""The figure beside which examples/weights.ts stands: MLPRegressor of scikit-learn on the same rows and columns.

Prints the mean absolute error and R2 on the test rows, for five seeds. Run: python3 scripts/weights.py
Needs Debian's python3-sklearn.
"""

import csv
import datetime
import sys

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PATH = "node_modules/@observablehq/sample-datasets/olympians.csv"
GAMES = datetime.date(2016, 8, 5)


def features(row):
    """Columns 0 to 1 are numbers, 2 to 4 categories."""
    born = datetime.date.fromisoformat(row["date_of_birth"])
    height = float(row["height"]) if row["height"] else np.nan
    return [height, (GAMES - born).days / 365.25, row["sex"], row["sport"], row["nationality"]]


def main():
    with open(PATH, encoding="utf8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["weight"]]
    x = np.array([features(row) for row in rows], dtype=object)
    y = np.array([float(row["weight"]) for row in rows])
    test = np.arange(len(rows)) % 5 == 0
    print(len(rows), "athletes,", test.sum(), "of them for the test", file=sys.stderr)
    errors, shares = [], []
    for seed in range(5):
        numbers = make_pipeline(SimpleImputer(), StandardScaler())
        columns = ColumnTransformer([("numbers", numbers, [0, 1]), ("categories", OneHotEncoder(handle_unknown="ignore"), [2, 3, 4])])
        network = MLPRegressor((64,), early_stopping=True, validation_fraction=0.1, random_state=seed)
        model = TransformedTargetRegressor(make_pipeline(columns, network), transformer=StandardScaler())
        model.fit(x[~test], y[~test])
        predicted = model.predict(x[test])
        errors.append(mean_absolute_error(y[test], predicted))
        shares.append(r2_score(y[test], predicted))
    for name, values in ("mean absolute error", errors), ("R2", shares):
        print(f"{name}: mean {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}")


main()
