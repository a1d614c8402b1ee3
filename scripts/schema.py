"""Writes test/raw/schema/fixtures/scikit-learn.json: columns as scikit-learn encodes them, and images as PyTorch resizes them.

Run with `/usr/bin/python3 scripts/schema.py` (Debian's python3-sklearn and python3-torch). Each case has the options of a
column, cells of training rows, cells of other rows, and the features of both.
"""
import json

import numpy as np
import sklearn
import torch
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.utils import murmurhash3_32

random = np.random.RandomState(0)
cases = []


def plain(values):
    if hasattr(values, "toarray"):
        values = values.toarray()
    return [[float(f"{each:.9g}") for each in row] for row in np.asarray(values, float)]


def case(column, options, estimator, training, other, shape=lambda cells: cells):
    estimator.fit(shape(training))
    given = {"column": column, "options": options, "training": training, "other": other}
    cases.append({**given, "expected": [plain(estimator.transform(shape(cells))) for cells in (training, other)]})


def numbers(cells):
    return np.array([[np.nan if each is None else each] for each in cells], float)


def texts(cells):
    return np.array([[each] for each in cells], object)


def log(values):
    return np.log1p(values)


whole = [float(each) for each in np.round(random.lognormal(2, 1, 31), 3)]
gaps = [None if i % 5 == 2 else each for i, each in enumerate(whole)]
other = [0.0, 3.5, 1000.0]
scalers = {"standardize": StandardScaler, "min-max": MinMaxScaler, "robust": RobustScaler}
for scale, scaler in scalers.items():
    case("number", {"scale": scale}, scaler(), whole, other, numbers)
    case("number", {"scale": scale}, scaler(), [0.1] * 7, other, numbers)
    for missing in ("mean", "median"):
        pipeline = make_pipeline(SimpleImputer(strategy=missing), scaler())
        case("number", {"scale": scale, "missing": missing}, pipeline, gaps, [None, *other], numbers)
    pipeline = make_pipeline(SimpleImputer(strategy="constant", fill_value=-1), scaler())
    case("number", {"scale": scale, "missing": -1}, pipeline, gaps, [None, *other], numbers)
indicated = make_union(
    make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()),
    FunctionTransformer(lambda values: np.isnan(values).astype(float)),
)
case("number", {"missing": "mean", "indicator": True}, indicated, gaps, [None, *other], numbers)
case("number", {"scale": "log"}, FunctionTransformer(log), whole, other, numbers)
logged = make_pipeline(SimpleImputer(strategy="mean"), FunctionTransformer(log), StandardScaler())
case("number", {"scale": "log-standardize", "missing": "mean"}, logged, gaps, [None, *other], numbers)
clipped = make_pipeline(FunctionTransformer(lambda values: np.clip(values, 2, 20)), SimpleImputer(), StandardScaler())
case("number", {"clip": [2, 20], "missing": "mean"}, clipped, gaps, [None, *other], numbers)

jobs = ["nurse", "clerk", "baker", "clerk", "nurse", "Émile", "clerk", "nurse", "z", "baker"]
case("category", {}, OneHotEncoder(), jobs, ["z", "baker"], texts)
case("category", {"unknown": "zeros"}, OneHotEncoder(handle_unknown="ignore"), jobs, ["new", "baker"], texts)
rare = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2)
case("category", {"unknown": "slot", "minCount": 2}, rare, jobs, ["new", "baker"], texts)
codes = [10, 9, 100, 9, 2]
case("category", {}, OneHotEncoder(), codes, [100, 2], texts)

vocabulary = "the a spam offer free money you win meeting at noon café 42 x_1 no-one it's Über 東京 ½".split()
weights = 1 / np.arange(1, len(vocabulary) + 1)
mails = [" ".join(random.choice(vocabulary, 12, p=weights / weights.sum())) + "." for _ in range(20)]
new = ["free, FREE money!", "unseen words only", "", "a 東京 x_1"]
case("text", {"encode": "counts"}, CountVectorizer(), mails, new)
case("text", {"encode": "counts", "lowercase": False}, CountVectorizer(lowercase=False), mails, new)
case("text", {"encode": "counts", "shortest": 1}, CountVectorizer(token_pattern=r"(?u)\b\w+\b"), mails, new)
case("text", {"encode": "tf-idf"}, TfidfVectorizer(), mails, new)
case("text", {"encode": "tf-idf", "words": 4}, TfidfVectorizer(max_features=4), mails, new)
case("text", {"encode": "tf-idf", "minTexts": 5}, TfidfVectorizer(min_df=5), mails, new)
case("text", {"encode": "tf-idf", "ngrams": [1, 2]}, TfidfVectorizer(ngram_range=(1, 2)), mails, new)
case("text", {"encode": "tf-idf", "ngrams": [2, 3]}, TfidfVectorizer(ngram_range=(2, 3)), mails, new)
case("text", {"encode": "hash", "slots": 16}, HashingVectorizer(n_features=16), mails, new)
counts = np.sort(CountVectorizer().fit_transform(mails).toarray().sum(0))[::-1]
assert counts[3] > counts[4], "a tie between words that are used and words that are not"

hashed = ["", "a", "ab", "abc", "abcd", "abcde", "東京", "é", "lanegrad", "x" * 100]
hashes = [[each, int(murmurhash3_32(each, seed=0))] for each in hashed]

images = []
for shape, size in [((1, 4, 4), (2, 2)), ((3, 7, 5), (3, 4)), ((1, 3, 4), (6, 8)), ((2, 9, 2), (4, 5)), ((1, 28, 28), (8, 8))]:
    image = torch.from_numpy(np.round(random.rand(*shape), 3).astype(np.float32))
    out = torch.nn.functional.interpolate(image[None], size, mode="bilinear", antialias=True, align_corners=False)[0]
    images.append({"shape": shape, "size": size, "given": plain(image.reshape(1, -1))[0], "expected": plain(out.reshape(1, -1))[0]})

with open("test/raw/schema/fixtures/scikit-learn.json", "w", encoding="utf-8") as file:
    written = {"scikit-learn": sklearn.__version__, "torch": torch.__version__, "cases": cases, "hashes": hashes, "images": images}
    json.dump(written, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")
