"""Writes test/metrics/fixtures/scikit-learn.json: metrics by scikit-learn, in float64, of numbers that float32 holds exactly.

Run with `/usr/bin/python3 scripts/metrics.py` (Debian's python3-sklearn). Scores are multiples of 1/8 and probabilities of
1/64, so that there are ties and no rounding; weights are multiples of 1/4.
"""
import json
import warnings
from functools import partial

import numpy as np
import sklearn
from scipy.optimize import brentq
from scipy.special import log_softmax, logsumexp, softmax
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from sklearn.preprocessing import label_binarize

warnings.filterwarnings("ignore")
random = np.random.RandomState(0)
EPS = 2.0**-23  # of float32, which predictions have
cases = []
tensors = {}  # numbers by text: cases have the numbers


def dump(x):
    x = np.asarray(x)
    whole = x.dtype.kind in "ib"
    assert whole or np.array_equal(x, x.astype(np.float32).astype(float))
    data = [float(value) if value % 1 else int(value) for value in x.ravel()]
    given = {"shape": list(x.shape), "dtype": "int32" if whole else "float32", "data": data}
    return tensors.setdefault(json.dumps(given, separators=(",", ":")), len(tensors))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    return "Infinity" if value == np.inf else int(value) if value % 1 == 0 else float(f"{value:.14g}")


def case(name, metric, predictions, targets, expected, weights=None, **options):
    given = {"sampleWeight": dump(weights)} if weights is not None else {}
    cases.append({
        "name": name, "metric": metric, "predictions": dump(predictions), "targets": dump(targets),
        "options": options, **given, "expected": plain(expected),
    })


def dyadic(rows, classes, parts=64):
    """Probabilities in multiples of 1/parts with the sum 1."""
    counts = random.multinomial(parts, np.ones(classes) / classes, size=rows)
    skewed = random.dirichlet(np.ones(classes) * 0.5, size=rows)
    counts[: rows // 2] = np.array([random.multinomial(parts, p) for p in skewed[: rows // 2]])
    return counts / parts


def binarized(y, classes):
    full = label_binarize(y, classes=range(classes))
    return np.hstack([1 - full, full]) if classes == 2 else full


def weights_of(rows):
    return random.randint(0, 9, rows) / 4


# Labels: one of two classes, several, a class without rows, without predictions, without both, one class only.
LABELS = {
    "two classes": (random.randint(0, 2, 30), random.randint(0, 2, 30), 2),
    "five classes": (random.randint(0, 5, 40), random.randint(0, 5, 40), 5),
    "a class without rows": (random.choice([0, 2, 3], 30), random.randint(0, 4, 30), 4),
    "a class never predicted": (random.randint(0, 4, 30), random.choice([0, 1, 3], 30), 4),
    "an empty class": (random.choice([0, 1, 3], 30), random.choice([0, 1, 3], 30), 4),
    "one class, all right": (np.ones(6, int), np.ones(6, int), 2),
    "one class, some wrong": (np.ones(6, int), np.array([0, 1, 1, 0, 1, 1]), 2),
    "class 1 never": (np.zeros(6, int), np.zeros(6, int), 2),
    "all wrong": (np.array([0, 1, 2, 0]), np.array([1, 2, 0, 2]), 3),
}
for what, (y, p, classes) in LABELS.items():
    labels = range(classes)
    for w in [None, weights_of(len(y))]:
        call = partial(case, what, predictions=p, targets=y, weights=w)
        call("accuracy", expected=m.accuracy_score(y, p, sample_weight=w))
        call("balancedAccuracy", expected=m.balanced_accuracy_score(y, p, sample_weight=w), classes=classes)
        if len(set(y)) > 1:
            expected = m.balanced_accuracy_score(y, p, sample_weight=w, adjusted=True)
            call("balancedAccuracy", expected=expected, adjusted=True)
        call("matthewsCorrelation", expected=m.matthews_corrcoef(y, p, sample_weight=w))
        if len(set(y) | set(p)) > 1:
            for kind in ["none", "linear", "quadratic"]:
                expected = m.cohen_kappa_score(y, p, labels=labels, weights=None if kind == "none" else kind, sample_weight=w)
                call("cohenKappa", expected=expected, weights_=kind)
        expected = {"counts": m.confusion_matrix(y, p, labels=labels, sample_weight=w)}
        call("confusionMatrix", expected=expected, classes=classes)
        for average in ["binary", "micro", "macro", "weighted", "none"]:
            if average == "binary" and classes > 2:
                continue
            for zero in [0, 1]:
                given = {"average": average, "zeroDivision": zero, "classes": classes}
                theirs = {
                    "labels": None if average == "binary" else labels, "average": None if average == "none" else average,
                    "zero_division": zero, "sample_weight": w,
                }
                call("precision", expected=m.precision_score(y, p, **theirs), **given)
                call("recall", expected=m.recall_score(y, p, **theirs), **given)
                call("f1", expected=m.f1_score(y, p, **theirs), **given)
                for beta in [0.5, 2, 0]:
                    if zero == 0 or beta == 2:
                        call("fBeta", expected=m.fbeta_score(y, p, beta=beta, **theirs), beta=beta, **given)
for pair in cases:  # the option `weights` of cohenKappa has the name of a parameter of `case`
    if "weights_" in pair["options"]:
        pair["options"]["weights"] = pair["options"].pop("weights_")

# Scores of class 1: many ties, no ties, all equal, perfect, reversed.
Y = random.randint(0, 2, 40)
SCORES = {
    "ties": (Y, random.randint(-4, 5, 40) / 8 + Y / 4),
    "no ties": (Y, random.permutation(40) / 8 + Y),
    "all equal": (Y, np.ones(40) / 2),
    "perfect": (Y, Y + random.randint(0, 4, 40) / 8),
    "reversed": (Y, -Y.astype(float)),
    "two rows": (np.array([0, 1]), np.array([0.25, 0.75])),
    "probabilities of 0 and 1": (Y, random.choice([0, 0, 0.5, 1, 1], 40)),
}


def roc(y, x, w, **options):
    rates = m.roc_curve(y, x, sample_weight=w, **options)
    rates[2][0] = np.inf  # as from version 1.3 on
    return dict(zip(["falsePositiveRate", "truePositiveRate", "thresholds"], rates))


def precision_recall(y, x, w):
    return dict(zip(["precision", "recall", "thresholds"], m.precision_recall_curve(y, x, sample_weight=w)))


CHOSEN = {
    "f1": partial(m.f1_score, zero_division=0),
    "accuracy": m.accuracy_score,
    "balancedAccuracy": m.balanced_accuracy_score,
    "matthewsCorrelation": m.matthews_corrcoef,
}


def mean_cost(y, p, sample_weight=None):
    cost = np.where(p > y, 1, 0) + np.where(p < y, 5, 0)
    return np.average(cost, weights=sample_weight)


for what, (y, x) in SCORES.items():
    for w in [None, weights_of(len(y)) + (len(y) == 2)]:
        call = partial(case, what, predictions=x, targets=y, weights=w)
        call("rocCurve", expected=roc(y, x, w))
        call("rocCurve", expected=roc(y, x, w, drop_intermediate=False), dropIntermediate=False)
        call("rocAuc", expected=m.roc_auc_score(y, x, sample_weight=w))
        call("precisionRecallCurve", expected=precision_recall(y, x, w))
        call("averagePrecision", expected=m.average_precision_score(y, x, sample_weight=w))
        used = x if w is None else x[w > 0]
        predictions = [x >= threshold for threshold in [*used, np.inf]]
        for name, metric in CHOSEN.items():
            best = max(metric(y, each, sample_weight=w) for each in predictions)
            call("chooseThreshold", expected={"value": best}, metric_=name)
        best = min(mean_cost(y, each, w) for each in predictions)
        call("chooseThreshold", expected={"value": best}, cost={"falsePositive": 1, "falseNegative": 5})
for pair in cases:
    if "metric_" in pair["options"]:
        pair["options"]["metric"] = pair["options"].pop("metric_")

# Scores of several classes, one against the rest.
for classes, rows in [(3, 30), (5, 40)]:
    y, p = random.randint(0, classes, rows), dyadic(rows, classes)
    one = binarized(y, classes)
    for w in [None, weights_of(rows)]:
        call = partial(case, f"{classes} classes", predictions=p, targets=y, weights=w)
        for average in ["macro", "weighted"]:
            expected = m.roc_auc_score(y, p, multi_class="ovr", average=average, sample_weight=w)
            call("rocAuc", expected=expected, average=average)
            expected = m.average_precision_score(one, p, average=average, sample_weight=w)
            call("averagePrecision", expected=expected, average=average)
        each = [m.roc_auc_score(one[:, k], p[:, k], sample_weight=w) for k in range(classes)]
        call("rocAuc", expected=each, average="none")
        each = m.average_precision_score(one, p, average=None, sample_weight=w)
        call("averagePrecision", expected=each, average="none")
        call("rocCurve", expected=roc(one[:, 2], p[:, 2], w), positiveClass=2)
        call("precisionRecallCurve", expected=precision_recall(one[:, 0], p[:, 0], w), positiveClass=0)
        for k in range(1, classes):
            expected = m.top_k_accuracy_score(y, p, k=k, labels=range(classes), sample_weight=w)
            call("topKAccuracy", expected=expected, k=k)

# Probabilities: of class 1, of two and of several classes, extreme ones, targets of one class.
BINARY = random.randint(0, 65, 40) / 64
TWO = np.stack([1 - BINARY, BINARY], axis=1)
SURE = np.array([0, 1, 0, 1, 1.0])
PROBABILITIES = {
    "of class 1": (random.binomial(1, BINARY), BINARY),
    "two columns": (random.binomial(1, BINARY), TWO),
    "three classes": (random.randint(0, 3, 30), dyadic(30, 3)),
    "0 and 1, some wrong": (np.array([0, 1, 1, 0, 1]), SURE),
    "0 and 1, three classes": (np.array([0, 1, 1, 2]), np.eye(3)[[0, 1, 2, 2]]),
    "targets of class 1 only": (np.ones(5, int), np.array([0.25, 0.5, 1, 0.75, 0])),
    "targets of class 0 only, three classes": (np.zeros(12, int), dyadic(12, 3)),
}


def expected_calibration(y, p, bins):
    """Bins by calibration_curve; their counts by the same edges."""
    confidence = p if p.ndim == 1 else p.max(axis=1)
    right = y if p.ndim == 1 else (p.argmax(axis=1) == y).astype(int)
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins, pos_label=1)
    edges = np.linspace(0, 1, bins + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
    low, high, counts = edges[:-1][counts > 0], edges[1:][counts > 0], counts[counts > 0]
    columns = {"low": low, "high": high, "confidence": mean, "accuracy": accuracy, "count": counts}
    diagram = [dict(zip(columns, row)) for row in zip(*columns.values())]
    return diagram, np.sum(counts / len(y) * np.abs(accuracy - mean))


for what, (y, p) in PROBABILITIES.items():
    classes = 2 if p.ndim == 1 else p.shape[1]
    for w in [None, weights_of(len(y)) + (len(y) < 6) / 4]:
        call = partial(case, what, predictions=p, targets=y, weights=w)
        call("logLoss", expected=m.log_loss(y, p, eps=EPS, labels=range(classes), sample_weight=w))
        if p.ndim == 1:
            call("brierScore", expected=m.brier_score_loss(y, p, pos_label=1, sample_weight=w))
        elif classes == 2:
            call("brierScore", expected=m.brier_score_loss(y, p[:, 1], pos_label=1, sample_weight=w))
        else:  # scikit-learn has it from version 1.7 on
            call("brierScore", expected=np.average(((p - np.eye(classes)[y]) ** 2).sum(axis=1), weights=w))
    for bins in [1, 2, 5, 10, 15, 98]:  # 49 (1 / 98) is below 0.5
        diagram, error = expected_calibration(y, p, bins)
        case(what, "reliabilityDiagram", p, y, diagram, bins=bins)
        case(what, "expectedCalibrationError", p, y, error, bins=bins)

# Logits, up to 200 apart; the fitted temperature is the root of the derivative of the loss.
for what, scale, classes in [("near 0", 1, 3), ("large", 12, 4), ("two columns", 2, 2), ("of class 1", 3, 1)]:
    x = random.randint(-64, 65, (40, classes)) / 8 * scale
    y = random.randint(0, max(classes, 2), 40)
    full = x if classes > 1 else np.hstack([0 * x, x])
    y = np.where(random.rand(40) < 0.6, full.argmax(axis=1), y)
    x = x[:, 0] if classes == 1 else x

    def loss(inverse, w=None):
        return np.average(-log_softmax(full * inverse, axis=1)[range(40), y], weights=w)

    def slope(inverse):
        return np.mean((softmax(full * inverse, axis=1) * full).sum(axis=1) - full[range(40), y])

    def calibration(inverse):
        p = softmax(full * inverse, axis=1)
        return {"logLoss": loss(inverse), "expectedCalibrationError": expected_calibration(y, p[:, 1] if classes == 1 else p, 15)[1]}

    case(what, "logLoss", x, y, loss(1), fromLogits=True)
    w = weights_of(40)
    case(what, "logLoss", x, y, loss(1, w), w, fromLogits=True)
    odds = [full[:, k] - logsumexp(np.delete(full, k, axis=1), axis=1) for k in range(full.shape[1])]
    areas = [m.roc_auc_score(y == k, odds[k]) for k in range(full.shape[1])]
    case(what, "rocAuc", x, y, areas[1] if classes <= 2 else np.mean(areas), fromLogits=True)
    areas = [m.average_precision_score(y == k, odds[k]) for k in range(full.shape[1])]
    case(what, "averagePrecision", x, y, areas[1] if classes <= 2 else np.mean(areas), fromLogits=True)
    inverse = brentq(slope, 1e-6, 100, xtol=1e-15, rtol=1e-15)
    expected = {"temperature": 1 / inverse, "before": calibration(1), "after": calibration(inverse)}
    case(what, "temperatureScaling", x, y, expected)

# Regression: one and several outputs, zeros, constants, exact predictions.
X = random.randint(-40, 41, 30) / 8
NUMBERS = {
    "one output": (X, X + random.randint(-8, 9, 30) / 8),
    "three outputs": (random.randint(-40, 41, (20, 3)) / 8, random.randint(-40, 41, (20, 3)) / 8),
    "without zeros": (np.abs(X) + 1, np.abs(X) + random.randint(1, 9, 30) / 8),
    "exact": (X, X),
    "constant targets": (np.ones(5), np.array([1, 2, 1, 1, 0.5])),
    "constant targets, exact": (np.ones(5), np.ones(5)),
    "one constant output": (np.stack([X[:9], np.ones(9)], axis=1), np.stack([X[1:10], X[:9]], axis=1)),
    "whole numbers": (random.randint(0, 9, 12), random.randint(0, 9, 12)),
}
for what, (y, p) in NUMBERS.items():
    for w in [None, weights_of(len(y))]:
        call = partial(case, what, predictions=p, targets=y, weights=w)
        call("meanAbsoluteError", expected=m.mean_absolute_error(y, p, sample_weight=w))
        call("meanSquaredError", expected=m.mean_squared_error(y, p, sample_weight=w))
        call("rootMeanSquaredError", expected=m.mean_squared_error(y, p, sample_weight=w, squared=False))
        call("meanAbsolutePercentageError", expected=m.mean_absolute_percentage_error(y, p, sample_weight=w))
        call("r2", expected=m.r2_score(y, p, sample_weight=w))
        for quantile in [0, 0.25, 0.5, 0.875, 1]:
            call("quantileLoss", expected=m.mean_pinball_loss(y, p, sample_weight=w, alpha=quantile), quantile=quantile)


def philox(block, step, seed):
    """Random123's philox4x32 of the counter (block, 0, step, 0)."""
    c, (k0, k1), word = [block, 0, step, 0], (seed % 2**32, seed >> 32), 2**32 - 1
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k0, b & word, (a >> 32) ^ c[3] ^ k1, a & word]
        k0, k1 = (k0 + 0x9E3779B9) & word, (k1 + 0xBB67AE85) & word
    return c


def bootstrap(metric, y, x, samples, seed, level):
    rows = len(y)
    estimates = []
    for step in range(samples):
        words = np.array([philox(block, step, seed) for block in range(-(-rows // 4))]).ravel()[:rows]
        drawn = (words * rows) >> 32
        estimates.append(metric(y[drawn], x[drawn]))
    low, high = np.percentile(estimates, [50 - 50 * level, 50 + 50 * level])
    return {"value": metric(y, x), "low": low, "high": high, "standardError": np.std(estimates, ddof=1), "estimates": estimates}


y, x = SCORES["ties"]
for name, metric in [("rocAuc", m.roc_auc_score), ("meanAbsoluteError", m.mean_absolute_error)]:
    for seed, level in [(0, 0.95), (2**40 + 7, 0.8)]:
        expected = bootstrap(metric, y, x, 25, seed, level)
        case(f"of {name}", "bootstrap", x, y, expected, of=name, samples=25, seed=seed, level=level)

# Clusters: chance, near the classes, other counts, one of all, one for each row, the classes by other
# numbers.
y = random.randint(0, 4, 60)
CLUSTERS = {
    "by chance": (y, random.randint(0, 4, 60)),
    "near the classes": (y, np.where(random.rand(60) < 0.8, y, random.randint(0, 4, 60))),
    "more clusters": (y, random.randint(0, 11, 60)),
    "fewer clusters": (y, y // 2),
    "one cluster": (y, np.zeros(60, int)),
    "a cluster for each row": (y, np.arange(60)),
    "other numbers": (y, 7 - 3 * y),
    "one cluster and one class": (np.ones(5, int), np.zeros(5, int)),
    "each row apart in both": (np.arange(5), np.arange(5)[::-1]),
    "one row": (np.array([3]), np.array([0])),
    "worse than chance": (np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])),
}
for what, (y, p) in CLUSTERS.items():
    case(what, "adjustedRandIndex", p, y, m.adjusted_rand_score(y, p))
    case(what, "normalizedMutualInformation", p, y, m.normalized_mutual_info_score(y, p))
    case(what, "purity", p, y, m.cluster.contingency_matrix(y, p).max(axis=0).sum() / len(y))

with open("test/metrics/fixtures/scikit-learn.json", "w") as file:
    file.write('{"scikit-learn":"%s","tensors":[\n' % sklearn.__version__)
    file.write(",\n".join(tensors))
    file.write('\n],"cases":[\n')
    file.write(",\n".join(json.dumps(each, separators=(",", ":")) for each in cases))
    file.write("\n]}\n")
