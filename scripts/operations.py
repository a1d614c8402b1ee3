"""Writes test/parity/fixtures/operations.json: operations of PyTorch in special cases of their gradients - ties, zeros, NaN,
repeated axes, repeated indices - with values and gradients for the cotangent 1, 2, 3, ... in float32.

    /usr/bin/python3 scripts/operations.py
"""
import json
import math

import torch

inf, nan = math.inf, math.nan


def numbers(tensor):
    return [str(x) if isinstance(x, float) and not math.isfinite(x) else x for x in tensor.detach().reshape(-1).tolist()]


def dump(tensor):
    whole = {} if tensor.dtype.is_floating_point else {"dtype": "int32"}
    return {"shape": list(tensor.shape), **whole, "data": numbers(tensor)}


def case(name, op, config, f, *inputs):
    given = [torch.tensor(x) for x in inputs]
    given = [x.float().requires_grad_() if x.dtype.is_floating_point else x for x in given]
    out = f(*given)
    grads = {}
    if out.requires_grad:
        out.backward(torch.arange(1, out.numel() + 1).float().reshape(out.shape))
        grads = {f"input{i}": dump(x.grad) for i, x in enumerate(given) if x.grad is not None}
    return {"name": name, "op": op, "config": config, "inputs": [dump(x) for x in given], "output": dump(out), "grads": grads}


A = [[1.0, -2.0, 3.0], [0.5, 3.0, nan]]
B = [[1.0, 2.0, nan], [0.25, 3.0, nan]]
TIES = [[[1.0, 3.0, 3.0], [3.0, -1.0, 0.0]], [[2.0, 2.0, 2.0], [2.0, 5.0, -5.0]]]
BASES = [0.0, 0.0, 0.0, -2.0, -2.0, 4.0, 1.0, 9.0, -0.5]
EXPONENTS = [0.0, 2.0, 1.0, 3.0, 2.0, 0.5, 7.0, -1.5, -2.0]
INDICES = [[0, 2, 2], [1, 1, 0]]

cases = [
    case("maximum: ties share, NaN passes", "maximum", {}, torch.maximum, A, B),
    case("maximum of a row", "maximum", {}, torch.maximum, [[1.0, 2.0], [3.0, 0.0]], [1.0, 1.0]),
    case("minimum: ties share, NaN passes", "minimum", {}, torch.minimum, A, B),
    case("minimum of a column", "minimum", {}, torch.minimum, [[1.0, 2.0], [3.0, 0.0]], [[1.0], [2.0]]),
    case("pow of tensors: zeros, negative bases", "pow", {}, torch.pow, BASES, EXPONENTS),
    case("pow of a column and a row", "pow", {}, torch.pow, [[1.5], [0.0]], [0.0, 1.0, 2.5]),
    *(
        case(f"pow by {y}", "powNumber", {"y": y}, lambda x, y=y: torch.pow(x, y), [0.0, 1.0, 2.0, 0.7])
        for y in [0, 1, 2, 3, 0.5, 2.5, -1, -2]
    ),
    case("a number to powers", "powOf", {"x": 2}, lambda y: torch.pow(2.0, y), [0.0, 1.0, -2.5]),
    case("0 to powers", "powOf", {"x": 0}, lambda y: torch.pow(0.0, y), [0.0, 1.0, 2.5]),
    *(
        case(f"{name} along {axes}", name, {"axes": axes}, lambda x, f=f, axes=axes: f(x, axes), TIES)
        for name, f in [("max", torch.amax), ("min", torch.amin)]
        for axes in [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]]
    ),
    case("max with dimensions kept", "max", {"axes": [1], "keep": True}, lambda x: torch.amax(x, 1, True), TIES),
    case("clamp: the ends belong to it", "clamp", {"low": -1, "high": 1}, lambda x: torch.clamp(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0]),
    case("clamp from below", "clamp", {"low": 0, "high": "inf"}, lambda x: torch.clamp(x, min=0), [-2.0, 0.0, 2.0]),
    case("where", "where", {}, lambda c, a, b: torch.where(c != 0, a, b), [[1.0, 0.0], [0.0, nan]], [[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]]),
    case("gather along rows", "gather", {"axis": 0}, lambda x, i: torch.gather(x, 0, i), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], INDICES),
    case("gather along columns", "gather", {"axis": 1}, lambda x, i: torch.gather(x, 1, i), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], INDICES),
    case("gather of fewer", "gather", {"axis": 1}, lambda x, i: torch.gather(x, 1, i), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[2]]),
    case("indexSelect of rows", "indexSelect", {"axis": 0}, lambda x, i: torch.index_select(x, 0, i), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [2, 0, 2]),
    case("indexSelect of columns", "indexSelect", {"axis": 1}, lambda x, i: torch.index_select(x, 1, i), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1, 1, 0]),
    case("oneHot", "oneHot", {"classes": 4}, lambda i: torch.nn.functional.one_hot(i, 4).float(), INDICES),
    *(
        case(name, name, {}, lambda a, b, f=f: f(a, b).float(), [[1.0, 2.0, nan], [inf, -0.0, 3.0]], [1.0, 0.0, 3.0])
        for name, f in [
            ("equal", torch.eq), ("notEqual", torch.ne), ("less", torch.lt), ("lessEqual", torch.le),
            ("greater", torch.gt), ("greaterEqual", torch.ge), ("logicalAnd", torch.logical_and),
            ("logicalOr", torch.logical_or),
        ]
    ),
    *(
        case(f"{name} of integers", name, {}, lambda a, b, f=f: f(a, b).float(), [16777216, 16777217, -5], [16777217, 16777217, 3])
        for name, f in [("equal", torch.eq), ("notEqual", torch.ne), ("less", torch.lt), ("lessEqual", torch.le), ("greater", torch.gt), ("greaterEqual", torch.ge)]
    ),
    case("logicalNot", "logicalNot", {}, lambda x: torch.logical_not(x).float(), [0.0, -0.0, 2.0, nan]),
    *(
        case(name, name, {}, f, [0.5, 1.5, -0.5, -2.7, 0.0, 3.0])
        for name, f in [("floor", torch.floor), ("ceil", torch.ceil), ("round", torch.round), ("sign", torch.sign)]
    ),
    case("cast to int32", "cast", {"dtype": "int32"}, lambda x: x.int(), [2.7, -2.7, 0.5, -0.5, 16777216.0]),
    case("cast to float32", "cast", {"dtype": "float32"}, lambda x: x.float(), [16777217, 16777219, -3]),
    case("argMax", "argMax", {"axis": 1}, lambda x: torch.argmax(x, 1), [[1.0, 3.0, 2.0], [-1.0, nan, 5.0]]),
    case("argMin", "argMin", {"axis": 0}, lambda x: torch.argmin(x, 0), [[1.0, 3.0, 2.0], [-1.0, 4.0, nan]]),
    case("stack along the last", "stack", {"axis": -1}, lambda a, b: torch.stack([a, b], -1), [[1.0, 2.0]], [[3.0, 4.0]]),
]
with open("test/parity/fixtures/operations.json", "w") as file:
    json.dump({"torch": torch.__version__, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
