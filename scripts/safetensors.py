"""Writes test/io/fixtures/safetensors/: files by the published specification, with the numbers of NumPy and PyTorch.

Run with `/usr/bin/python3 scripts/safetensors.py`, then `npx oxfmt test/io/fixtures`. The specification is
https://github.com/huggingface/safetensors, README.md. Numbers in expected.json are base64 of little-endian words.

read.safetensors has a tensor of each dtype that is read, in an order of its own. written.safetensors is what lanegrad must
write of the same record, byte for byte, in the order of the reference implementation.
"""
import base64
import hashlib
import json
import pathlib
import struct

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent.parent / "test/io/fixtures/safetensors"
ORDER = ["I64", "F32", "I32", "BF16", "F16"]
INTEGERS = {"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1"}
random = np.random.RandomState(10)


def bfloat16_bits(floats):
    return torch.from_numpy(floats.astype("<f4")).bfloat16().view(torch.int16).numpy().view("<u2")


def from_bfloat16_bits(bits):
    return torch.from_numpy(bits.view("<i2").copy()).view(torch.bfloat16).float().numpy()


def words(numbers):
    """32-bit words, as text."""
    kind = "<f4" if numbers.dtype.kind == "f" else "<i4"
    return base64.b64encode(numbers.astype(kind).tobytes()).decode()


def file_of(entries, metadata):
    """Entries are (name, dtype, shape, bytes)."""
    header = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, dtype, shape, data in entries:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for *_, data in entries)


def read_fixture():
    entries, expected = [], {}

    def add(name, dtype, shape, stored, numbers):
        entries.append((name, dtype, shape, stored.tobytes()))
        expected[name] = {"dtype": "float32" if numbers.dtype.kind == "f" else "int32", "shape": shape, "words": words(numbers)}

    flag = np.array([True, False, True])
    add("flag", "BOOL", [3], flag, flag.astype("<i4"))
    for dtype, kind in INTEGERS.items():
        limits = np.iinfo(kind)
        low, high = max(limits.min, -(2**31)), min(limits.max, 2**31 - 1)
        drawn = random.randint(low, high, 4, dtype=np.int64)
        numbers = np.array([low, high, 0, 1, *drawn], dtype=kind)
        add(f"integers.{dtype}", dtype, [2, 4], numbers, numbers.astype("<i4"))
    drawn = np.concatenate([random.randn(6) * 1e3, [0.1, -0.0, np.inf, -np.inf, 1e-40, 1e-320, 3.4028235677973362e38, 16777217]])
    doubles = drawn.astype("<f8")
    add("doubles", "F64", [7, 2], doubles, doubles.astype("<f4"))
    floats = drawn.astype("<f4")
    add("floats", "F32", [14], floats, floats)
    halves = np.concatenate([random.randn(5), [-0.0, np.inf, 6e-8, 65504]]).astype("<f2")
    add("halves", "F16", [3, 3], halves, halves.astype("<f4"))
    bits = bfloat16_bits(floats)
    add("brains", "BF16", [14, 1], bits, from_bfloat16_bits(bits))
    scalar = np.float32(2.5)
    add("scalar", "F32", [], scalar, scalar)
    add("nothing", "F32", [3, 0, 2], np.zeros(0, "<f4"), np.zeros(0, "<f4"))
    (FOLDER / "read.safetensors").write_bytes(file_of(entries, {"format": "np", "größe": "\"1\"\n"}))
    return expected


def written_fixture():
    """Names do not sort by dtype, and one has 4 bytes in UTF-8."""
    floats = random.randn(2, 3).astype("<f4")
    halves = random.randn(5).astype("<f2").astype("<f4")
    brains = from_bfloat16_bits(bfloat16_bits(random.randn(3)))
    integers = random.randint(-(2**31), 2**31 - 1, (2, 2), dtype=np.int64)
    record = {
        "a.halves": ("F16", halves),
        "b.integers": ("I32", integers),
        "c.brains": ("BF16", brains),
        "d.\"quoted\" 🧊": ("F32", floats),
        "e.count": ("I64", np.array(7)),
        "f.empty": ("F32", np.zeros((0, 4), "<f4")),
    }
    stored = {"F16": lambda x: x.astype("<f2"), "BF16": bfloat16_bits, "F32": lambda x: x.astype("<f4")}
    entries = [
        (name, dtype, list(numbers.shape), stored.get(dtype, lambda x, kind=INTEGERS.get(dtype): x.astype(kind))(numbers).tobytes())
        for name, (dtype, numbers) in record.items()
    ]
    entries.sort(key=lambda entry: (ORDER.index(entry[1]), entry[0]))
    (FOLDER / "written.safetensors").write_bytes(file_of(entries, {"format": "pt"}))
    return {
        name: {
            "written": dtype,
            "dtype": "float32" if numbers.dtype.kind == "f" else "int32",
            "shape": list(numbers.shape),
            "words": words(numbers),
        }
        for name, (dtype, numbers) in record.items()
    }


def hash_of(floats):
    """NaN is written as one pattern of bits: processors keep more or fewer of them."""
    bits = floats.astype("<f4").view("<u4").copy()
    bits[np.isnan(floats)] = 0x7FC00000
    return hashlib.sha256(bits.tobytes()).hexdigest()


def rounding_fixture():
    exact = np.arange(0, 2**15, 31, dtype="<u2").view("<f2").astype("<f4")
    exact = exact[np.isfinite(exact)]
    edges = [65504, 65519.996, 65520, 65536, 2**-24, 2**-25, 2**-25 * 1.0000001, 2**-14, 2**-14 * 0.99999, 1e-45, 3.3895314e38, 3.3961775e38, 3.4028235e38, 0, np.inf]
    middles = (exact[1:] + exact[:-1]) / 2
    bits = random.randint(0, 0x7F800000, 400, dtype=np.int64).astype("<u4").view("<f4")
    near_one = random.randn(300).astype("<f4")
    ties = (random.randint(0, 0x7F80, 200, dtype=np.int64).astype("<u4") << 16 | 0x8000).view("<f4")
    positive = np.concatenate([edges, middles[::4], bits, near_one, ties]).astype("<f4")
    floats = np.concatenate([positive, -positive])
    with np.errstate(over="ignore"):
        halves = floats.astype("<f2").view("<u2")
    as_text = lambda numbers: base64.b64encode(numbers.tobytes()).decode()
    return {"floats": as_text(floats), "F16": as_text(halves), "BF16": as_text(bfloat16_bits(floats))}


FOLDER.mkdir(parents=True, exist_ok=True)
all_bits = np.arange(2**16, dtype="<u4").astype("<u2")
expected = {
    "numpy": np.__version__,
    "torch": torch.__version__,
    "read": read_fixture(),
    "written": written_fixture(),
    "rounding": rounding_fixture(),
    "sha256 of all as float32": {
        "F16": hash_of(all_bits.view("<f2").astype("<f4")),
        "BF16": hash_of(from_bfloat16_bits(all_bits)),
    },
}
(FOLDER / "expected.json").write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n")
