"""Writes test/parity/fixtures/reductions.json: losses without reduction and with pos_weight, by PyTorch in float64.

    /usr/bin/python3 scripts/reductions.py > test/parity/fixtures/reductions.json
"""
import json

import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)


def dump(tensor):
    tensor = tensor.detach()
    if not tensor.dtype.is_floating_point:
        return {"shape": list(tensor.shape), "dtype": "int32", "data": tensor.reshape(-1).tolist()}
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in tensor.reshape(-1).tolist()]}


class OfPairs(nn.Module):
    """A loss of pairs, with its two inputs concatenated."""

    def __init__(self, **config):
        super().__init__()
        self.inner = nn.CosineEmbeddingLoss(**config)

    def forward(self, pairs, target):
        return self.inner(pairs[:, 0], pairs[:, 1], target)


def case(name, x, y, op=None, **config):
    op = op or name
    given = {key: torch.tensor(value).double() if isinstance(value, list) else value for key, value in config.items()}
    if "pos_weight" in given:
        given["pos_weight"] = torch.as_tensor(given["pos_weight"]).double()
    module = (OfPairs if op == "CosineEmbeddingLoss" else getattr(nn, op))(**given)
    x = x.float().double().requires_grad_()
    y = y.float().double() if y.dtype.is_floating_point else y
    out = module(x, y)
    gradient = torch.randn_like(out).float().double()
    out.backward(gradient)
    label = f"{op} {json.dumps(config)} of {list(x.shape)}"
    return {
        "name": label, "op": op, "config": config, "mode": "train", "inputs": [dump(x), dump(y)], "state": {},
        "output": dump(out), "gradOutput": dump(gradient), "grads": {"input0": dump(x.grad)},
    }


def numbers(*shape):
    return torch.randn(*shape).double()


def chances(*shape):
    return torch.rand(*shape).double() * 0.98 + 0.01


def signs(*shape):
    return torch.randint(0, 2, shape).double() * 2 - 1


NONE = {"reduction": "none"}
LABELS = torch.tensor([3, 0, -100, 1, 3])
WEIGHT = [0.5, 2.0, 1.0, 0.25]
SHAPES = [(5,), (4, 3), (2, 3, 4)]

cases = []
for shape in SHAPES:
    cases += [
        case("MSELoss", numbers(*shape), numbers(*shape), **NONE),
        case("L1Loss", numbers(*shape), numbers(*shape), **NONE),
        case("HuberLoss", numbers(*shape), numbers(*shape), delta=0.7, **NONE),
        case("SmoothL1Loss", numbers(*shape), numbers(*shape), beta=0.6, **NONE),
        case("BCELoss", chances(*shape), chances(*shape), **NONE),
        case("BCEWithLogitsLoss", numbers(*shape) * 4, chances(*shape), **NONE),
        case("KLDivLoss", torch.log_softmax(numbers(*shape), -1), torch.softmax(numbers(*shape), -1), **NONE),
        case("KLDivLoss", torch.log_softmax(numbers(*shape), -1), torch.log_softmax(numbers(*shape), -1), log_target=True, **NONE),
        case("HingeEmbeddingLoss", numbers(*shape), signs(*shape), margin=0.8, **NONE),
    ]
for reduction in ["none", "mean", "sum"]:
    cases += [
        case("BCEWithLogitsLoss", numbers(4, 3) * 4, chances(4, 3), pos_weight=2.5, reduction=reduction),
        case("BCEWithLogitsLoss", numbers(4, 3) * 4, chances(4, 3), pos_weight=[0.5, 3.0, 1.0], reduction=reduction),
        case("BCEWithLogitsLoss", numbers(4, 3) * 40, (signs(4, 3) + 1) / 2, pos_weight=[0.5, 3.0, 0.0], reduction=reduction),
        case("CrossEntropyLoss", numbers(5, 4), LABELS, weight=WEIGHT, label_smoothing=0.2, reduction=reduction),
    ]
cases += [
    case("CrossEntropyLoss", numbers(5, 4), LABELS, **NONE),
    case("NLLLoss", torch.log_softmax(numbers(5, 4), 1), LABELS, **NONE),
    case("NLLLoss", torch.log_softmax(numbers(5, 4), 1), LABELS, weight=WEIGHT, **NONE),
    case("MultiMarginLoss", numbers(5, 4), LABELS.clamp(0), margin=0.7, p=2, weight=WEIGHT, **NONE),
    case("MultiMarginLoss", numbers(5, 4), LABELS.clamp(0), **NONE),
    case("CosineEmbeddingLoss", numbers(5, 2, 3), signs(5), margin=0.1, **NONE),
]
print(json.dumps({"torch": torch.__version__, "cases": cases}))
