"""Prints test/data/fixtures/splits.json: what scikit-learn's splitters and class weights give.

    /usr/bin/python3 scripts/splits.py > test/data/fixtures/splits.json
"""
import json

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

random = np.random.RandomState(0)


def validations(splitter, y=None, groups=None, count=None):
    x = np.zeros((count or len(y), 1))
    return [test for _, test in splitter.split(x, y, groups)]


def spread(y, folds):
    """Sum over classes of the variance of their shares in the folds."""
    return float(sum(np.var([np.sum(y[fold] == label) / np.sum(y == label) for fold in folds]) for label in np.unique(y)))


k_fold = [
    {"samples": n, "k": k, "sizes": sorted(len(fold) for fold in validations(KFold(k), count=n))}
    for n, k in [(10, 2), (11, 3), (100, 7), (5, 5), (53, 10)]
]

stratified = []
for n, k, shares in [(60, 3, [0.5, 0.3, 0.2]), (101, 5, [0.8, 0.1, 0.1]), (40, 4, [0.5, 0.5]), (97, 8, [0.6, 0.4])]:
    y = random.choice(len(shares), n, p=shares)
    folds = validations(StratifiedKFold(k), y)
    counts = [sorted(int(np.sum(y[fold] == label)) for fold in folds) for label in range(len(shares))]
    stratified.append({"labels": y.tolist(), "k": k, "counts": counts, "sizes": sorted(len(fold) for fold in folds)})

grouped = []
for n, k, groups in [(50, 3, 8), (200, 5, 23), (30, 4, 4), (500, 10, 60)]:
    ids = np.concatenate([np.arange(groups), (random.rand(n - groups) ** 2 * groups).astype(int)])
    folds = validations(GroupKFold(k), np.zeros(n), ids)
    grouped.append({"groups": ids.tolist(), "k": k, "sizes": sorted(len(fold) for fold in folds)})

both = []
for n, k, groups in [(300, 3, 40), (600, 5, 60), (400, 4, 25)]:
    ids = np.concatenate([np.arange(groups), random.randint(groups, size=n - groups)])
    y = (random.rand(n) < (ids % 5 + 1) / 12).astype(int) + (random.rand(n) < 0.1).astype(int)
    folds = validations(StratifiedGroupKFold(k), y, ids)
    both.append({"labels": y.tolist(), "groups": ids.tolist(), "k": k, "spread": spread(y, folds)})

timed = []
for n, k in [(12, 3), (13, 3), (100, 5), (7, 6), (59, 9)]:
    folds = list(TimeSeriesSplit(k).split(np.zeros((n, 1))))
    timed.append(
        {"samples": n, "k": k, "folds": [{"training": a.tolist(), "validation": b.tolist()} for a, b in folds]}
    )

weights = []
for n, shares in [(10, [0.5, 0.5]), (50, [0.7, 0.2, 0.1]), (333, [0.96, 0.03, 0.005, 0.005])]:
    y = np.concatenate([np.arange(len(shares)), random.choice(len(shares), n - len(shares), p=shares)])
    weights.append(
        {
            "labels": y.tolist(),
            "classes": compute_class_weight("balanced", classes=np.unique(y), y=y).tolist(),
            "samples": compute_sample_weight("balanced", y).tolist(),
        }
    )

print(
    json.dumps(
        {
            "scikit-learn": sklearn.__version__,
            "kFold": k_fold,
            "stratified": stratified,
            "grouped": grouped,
            "stratifiedGroups": both,
            "timed": timed,
            "weights": weights,
        }
    )
)
