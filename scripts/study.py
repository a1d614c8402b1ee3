"""Writes test/study/fixtures/study.json: losses of samples by PyTorch, importances, cross-validation and intervals by scikit-learn and
SciPy.

Run with `/usr/bin/python3 scripts/study.py` (Debian's python3-torch and python3-sklearn). Numbers are multiples of 1/8, so that
float32 holds them exactly.
"""
import json

import numpy as np
import torch
from scipy import stats
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_predict, cross_val_score
from torch.nn import functional as F

random = np.random.RandomState(0)


def eighths(*shape, bound=16):
    return random.randint(-bound, bound + 1, size=shape) / 8


def of_samples(losses):
    """The mean over the elements of each sample."""
    return losses.reshape(len(losses), -1).mean(1).tolist()


# Losses of samples
logits, labels = eighths(12, 3), random.randint(3, size=12)
x, y = torch.tensor(logits), torch.tensor(labels)
weight = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
two_logits, two_targets = eighths(6, 2), random.randint(2, size=(6, 2)).astype(float)
shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
losses = {
    "logits": logits.tolist(),
    "labels": labels.tolist(),
    "crossEntropy": F.cross_entropy(x, y, reduction="none").tolist(),
    "logLoss": [log_loss([label], [share], labels=[0, 1, 2]) for label, share in zip(labels, shares)],
    "weighted": F.cross_entropy(x, y, weight=weight, label_smoothing=0.25, reduction="none").tolist(),
    "ignored": F.cross_entropy(x, y, ignore_index=1, reduction="none").tolist(),
    "twoLogits": two_logits.tolist(),
    "twoTargets": two_targets.tolist(),
    "bce": of_samples(
        F.binary_cross_entropy_with_logits(torch.tensor(two_logits), torch.tensor(two_targets), reduction="none")
    ),
    "mse": of_samples(F.mse_loss(torch.tensor(two_logits), torch.tensor(two_targets), reduction="none")),
}


# Importances
class Linear:
    """y = x w, or the class of the higher of two such scores."""

    def __init__(self, weights):
        self.weights = np.asarray(weights)

    def fit(self, x, y):
        return self

    def predict(self, x):
        out = x @ self.weights.T
        return out[:, 0] if len(self.weights) == 1 else out.argmax(1)


def importance(weights, x, y, scoring, repeats=4, seed=3):
    found = permutation_importance(Linear(weights), x, y, scoring=scoring, n_repeats=repeats, random_state=seed)
    # The orders that scikit-learn draws: each repeat shuffles the order of the one before, the same for all columns.
    drawn = np.random.RandomState(np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1))
    order, orders = np.arange(len(x)), []
    for _ in range(repeats):
        drawn.shuffle(order)
        orders.append(order.copy())
    # They are applied one after the other to the column.
    composed, column = [], np.arange(len(x))
    for each in orders:
        column = column[each]
        composed.append(column.tolist())
    return {
        "weights": np.asarray(weights).tolist(),
        "x": x.tolist(),
        "y": y.tolist(),
        "orders": composed,
        "drops": found.importances.tolist(),
        "mean": found.importances_mean.tolist(),
        "deviation": found.importances_std.tolist(),
    }


table = eighths(20, 3)
importances = {
    "regression": importance(
        [[1.5, -0.5, 0]], table, table @ [1.5, -0.5, 0] + eighths(20, bound=4), "neg_mean_squared_error"
    ),
    "classes": importance(
        [[1, 1.5, -0.5], [-1, 0.25, 0.75]], table, (table @ [2, 1.25, -1.25] < eighths(20, bound=4)).astype(int), "accuracy"
    ),
}

# Cross-validation
inputs = eighths(30, 2, bound=8)
targets = inputs @ [1.0, -2.0] + 0.5 + eighths(30, bound=4)
folds = list(KFold(4).split(inputs))
scores = -cross_val_score(LinearRegression(), inputs, targets, cv=folds, scoring="neg_mean_squared_error")
overlap = np.mean([len(test) / len(train) for train, test in folds])
error = np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + overlap)
low, high = stats.t.interval(0.9, len(scores) - 1, scores.mean(), error)
validated = {
    "x": inputs.tolist(),
    "y": targets.tolist(),
    "folds": [{"training": train.tolist(), "validation": test.tolist()} for train, test in folds],
    "scores": scores.tolist(),
    "mean": scores.mean(),
    "low": low,
    "high": high,
    "predictions": cross_val_predict(LinearRegression(), inputs, targets, cv=folds).tolist(),
}

# Intervals
bounds = [
    {"level": level, "freedom": freedom, "bound": stats.t.ppf((1 + level) / 2, freedom)}
    for level in [0.5, 0.9, 0.95, 0.999]
    for freedom in [1, 2, 3, 4, 9, 30, 101]
]
first, second = [0.31, 0.28, 0.35, 0.3, 0.29], [0.33, 0.29, 0.36, 0.33, 0.30]
difference = np.array(second) - np.array(first)
low, high = stats.t.interval(0.95, 4, difference.mean(), stats.sem(difference))
paired = {"first": first, "second": second, "mean": difference.mean(), "low": low, "high": high}

with open("test/study/fixtures/study.json", "w") as file:
    json.dump(
        {"losses": losses, "importances": importances, "validated": validated, "bounds": bounds, "paired": paired}, file
    )
    file.write("\n")
