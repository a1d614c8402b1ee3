"""Writes test/io/fixtures/numpy: .npy and .npz files, and what they hold as JSON beside them.

Run with `/usr/bin/python3 scripts/numpy-files.py` (NumPy 1.24). An array is {"shape", "dtype", "data"} in JSON, with
float32 and int32 only, and numbers that JSON lacks as text.
"""
import io
import json
import math
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent.parent / "test/io/fixtures/numpy"
OUT.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(0)


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return "-0" if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0 else value


def dump(array):
    floats = array.dtype.kind == "f"
    data = (array.astype(np.float32) if floats else array.astype(np.int32)).reshape(-1).tolist()
    return {"shape": list(array.shape), "dtype": "float32" if floats else "int32", "data": [number(each) for each in data]}


def bytes_of(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


# One file of all arrays would be a .npz; these are .npy files in hexadecimal, with what they hold.
small = np.arange(24).reshape(2, 3, 4)
arrays = {
    **{f"{order}{kind}": np.array([[0, 1, 2], [100, 3, 4]]).astype(order + kind) for order in "<>" for kind in "f2 f4 f8 i2 i4 i8 u2 u4 u8".split()},
    **{f"negative {kind}": np.array([-1, -2, np.iinfo(kind).min if kind != "i8" else -(2**31)]).astype(kind) for kind in "i1 i2 i4 i8".split()},
    "u1": np.array([0, 255], dtype="u1"),
    "u4": np.array([0, 2**31 - 1], dtype="u4"),
    "b1": np.array([[True], [False]]),
    "limits f2": np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 6e-8, 65504], dtype="f2"),
    "limits >f4": np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 1e-45, 3.4028235e38], dtype=">f4"),
    "limits f8": np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 1e-320, 3.4e38]),
    "Fortran order": np.asfortranarray(small.astype("f4")),
    "Fortran order, big-endian": np.asfortranarray(small.astype(">i2")),
    "no axes": np.array(7.5),
    "empty": np.zeros((0, 3), dtype="f4"),
    "one": np.zeros((1, 1), dtype="i4"),
}
cases = [{"name": name, "bytes": bytes_of(array).hex(), "array": dump(array)} for name, array in arrays.items()]
for version in [(1, 0), (2, 0), (3, 0)]:
    array = np.arange(3, dtype="f4")
    cases.append({"name": f"version {version[0]}.0", "bytes": bytes_of(array, version).hex(), "array": dump(array)})
(OUT / "read.json").write_text(json.dumps(cases, indent=0) + "\n")

# What is refused, and the word that says why
refused = [
    {"name": "objects", "bytes": bytes_of(np.array([None])).hex(), "why": "Python objects"},
    {"name": "bytes", "bytes": bytes_of(np.array([b"a"])).hex(), "why": "strings"},
    {"name": "text", "bytes": bytes_of(np.array(["a"])).hex(), "why": "strings"},
    {"name": "structured", "bytes": bytes_of(np.zeros(1, dtype=[("a", "f4")])).hex(), "why": "structured"},
    {"name": "complex", "bytes": bytes_of(np.zeros(1, dtype="c8")).hex(), "why": "complex"},
    {"name": "dates", "bytes": bytes_of(np.zeros(1, dtype="M8[s]")).hex(), "why": "dates"},
    {"name": "raw", "bytes": bytes_of(np.zeros(1, dtype="V3")).hex(), "why": "raw bytes"},
    {"name": "long double", "bytes": bytes_of(np.zeros(1, dtype="f16")).hex(), "why": "<f16"},
    {"name": "large i8", "bytes": bytes_of(np.array([1, -(2**31) - 1])).hex(), "why": "got -2147483649 at index 1"},
    {"name": "large >i8", "bytes": bytes_of(np.array([2**31], dtype=">i8")).hex(), "why": "got 2147483648 at index 0"},
    {"name": "large u8", "bytes": bytes_of(np.array([2**64 - 1], dtype="u8")).hex(), "why": "got 18446744073709551615 at index 0"},
    {"name": "large u4", "bytes": bytes_of(np.array([2**31], dtype=">u4")).hex(), "why": "got 2147483648 at index 0"},
    {"name": "large f8", "bytes": bytes_of(np.array([0, 0, -1e39])).hex(), "why": "got -1e+39 at index 2"},
]
(OUT / "refused.json").write_text(json.dumps(refused, indent=0) + "\n")

# What np.save writes for tensors of this library
written = {
    "matrix": rng.standard_normal((3, 4)).astype("f4"),
    "vector": np.arange(5, dtype="i4"),
    "no axes": np.array(2.5, dtype="f4"),
    "empty": np.zeros((0,), dtype="f4"),
    "long": np.zeros((1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), dtype="i4"),
}
cases = [{"name": name, "bytes": bytes_of(array).hex(), "array": dump(array)} for name, array in written.items()]
(OUT / "written.json").write_text(json.dumps(cases, indent=0) + "\n")

# Archives; the random numbers do not compress, the zeros do
several = {
    "weight": rng.standard_normal((3, 4)).astype("f4"),
    "layer/bias": np.zeros(300, dtype="f8"),
    "__proto__": np.arange(3),
    "größe": np.array([[True, False]]),
}
np.savez(OUT / "stored.npz", **several)
np.savez_compressed(OUT / "deflated.npz", **several)
(OUT / "archive.json").write_text(json.dumps({name: dump(array) for name, array in several.items()}) + "\n")
