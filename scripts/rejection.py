"""Writes test/metrics/fixtures/rejection.json by NumPy and scikit-learn.

Without ties: the mean loss of the k rows of least uncertainty, by cumulated sums, and its mean over k. With ties: the mean of
that over all orders of the rows that are tied, by enumeration.
"""
import itertools
import json

import numpy as np
from sklearn.metrics import roc_auc_score

random = np.random.default_rng(11)


def orders(uncertainty):
    """Every order of the rows in which uncertainty does not fall."""
    groups = [np.flatnonzero(uncertainty == value) for value in np.unique(uncertainty)]
    for parts in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield np.concatenate([np.array(part) for part in parts])


def selective_risks(losses, weights, order):
    return np.cumsum((losses * weights)[order]) / np.cumsum(weights[order])


def case(name, losses, uncertainty, weights=None):
    w = np.ones_like(losses) if weights is None else weights
    kept = w > 0
    l, u, v = losses[kept], uncertainty[kept], w[kept]
    thresholds = np.unique(u)
    coverage = [v[u <= t].sum() / v.sum() for t in thresholds]
    risk = [np.average(l[u <= t], weights=v[u <= t]) for t in thresholds]
    areas = [np.average(selective_risks(l, v, order), weights=v[order]) for order in orders(u)]
    # The share of rows between two thresholds, by linear interpolation of the cumulated loss.
    cumulated = np.concatenate([[0], np.array(coverage) * risk])
    at = {c: np.interp(c, np.concatenate([[0], coverage]), cumulated) / c for c in [0.05, 0.25, 0.5, 0.8, 0.9, 1]}
    wrong = set(np.unique(losses)) == {0, 1}
    return {
        "name": name,
        "losses": losses.tolist(),
        "uncertainty": uncertainty.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "coverage": coverage,
        "risk": risk,
        "thresholds": thresholds.tolist(),
        "area": np.mean(areas),
        "at": [[c, float(value)] for c, value in at.items()],
        "rocAuc": roc_auc_score(losses, uncertainty, sample_weight=weights) if wrong else None,
    }


def float32(x):
    return np.float32(x).astype(np.float64)


def wrong(rows, p=0.3):
    return (random.random(rows) < p).astype(np.float64)


few = np.array([0, 1, 1, 2, 2, 2, 3, 3, 5], dtype=np.float64)
cases = [
    case("decisions, no ties", wrong(200), float32(random.random(200))),
    case("errors, no ties", float32(random.gamma(2, 1, 150)), float32(random.random(150))),
    case("errors, no ties, weights", float32(random.random(60)), float32(random.random(60)), np.round(random.random(60) * 4) / 4),
    case("decisions, ties", np.array([0, 0, 1, 0, 1, 1, 1, 0, 1.0]), random.permutation(few)),
    case("errors, ties", float32(random.random(9)), random.permutation(few)),
    case("one group", np.array([0, 1, 1, 0, 1.0]), np.full(5, 0.5)),
    case("ties, weight 0", np.array([0, 1, 1, 0, 1.0, 1]), np.array([1, 1, 1, 2, 2, 3.0]), np.array([1, 1, 1, 2, 2, 0.0])),
    case("one row", np.array([0.5]), np.array([2.0])),
    case("uncertainty below 0", np.array([0.5, 1, 0, 1]), np.array([-3, 0, -3, 1.0])),
]
with open("test/metrics/fixtures/rejection.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases) + "\n]\n")
