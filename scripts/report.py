"""Writes test/report/fixtures/classes.json: confusion matrices, curves and scores by scikit-learn, in float64.

Run with `/usr/bin/python3 scripts/report.py` (Debian's python3-sklearn). Scores follow from the formulas of `draw`, which
test/report/fixtures.ts has too; they are multiples of 1/8192, so that float32 holds them.
"""
import json

import numpy as np
import sklearn
from scipy.special import expit, softmax
from sklearn import metrics as m

ROWS = 4000


def draw(row, column):
    number = row * 8 + column + 1
    for _ in range(3):
        number = (number * number + 48271 * row + 12345) % 65537
    return number / 8192 - 4


def plain(x):
    return [float(f"{value:.14g}") for value in x]


def curves(truth, scores):
    """Areas, and points of the curves at even distances."""
    false, true, _ = m.roc_curve(truth, scores)
    precision, recall, _ = m.precision_recall_curve(truth, scores)
    grid = (np.arange(20) + 0.37) / 20  # where no curve has a vertical line
    return {
        "rocArea": m.roc_auc_score(truth, scores),
        "averagePrecision": m.average_precision_score(truth, scores),
        "roc": plain(np.interp(grid, false, true)),
        "precisionRecall": plain(np.interp(grid, recall[::-1], precision[::-1])),
    }


def classes(truth, predicted, count):
    precision, recall, f1, support = m.precision_recall_fscore_support(truth, predicted, labels=range(count))
    return {
        "confusion": m.confusion_matrix(truth, predicted, labels=range(count)).tolist(),
        "scores": [
            dict(zip(["precision", "recall", "f1", "count"], map(float, each)))
            for each in zip(precision, recall, f1, support)
        ],
        "accuracy": m.accuracy_score(truth, predicted),
    }


rows = range(ROWS)
three = np.array([[draw(row, column) for column in range(3)] for row in rows])
noise = np.array([[draw(row, column) for column in range(3, 6)] for row in rows])
labels = np.argmax(three + noise, axis=1)
binary = np.array([draw(row, 6) for row in rows])
isSecond = (binary + np.array([draw(row, 7) for row in rows]) > 0).astype(int)
probabilities = softmax(three, axis=1)
found = {
    "by": f"scikit-learn {sklearn.__version__}",
    "three": {
        **classes(labels, np.argmax(three, axis=1), 3),
        "loss": m.log_loss(labels, probabilities),
        "curves": [curves(labels == k, probabilities[:, k]) for k in range(3)],
    },
    "binary": {
        **classes(isSecond, (binary > 0).astype(int), 2),
        "loss": m.log_loss(isSecond, expit(binary)),
        "curves": [curves(isSecond, binary)],
    },
}
with open("test/report/fixtures/classes.json", "w") as file:
    json.dump(found, file)
    file.write("\n")
