"""Writes test/io/fixtures/torch: files of torch.save, and what they hold as JSON beside them.

Run with `/usr/bin/python3 scripts/torch-files.py` (PyTorch 1.13). A tensor is {"shape", "dtype", "data"} in JSON, with
float32 and int32 only, and numbers that JSON lacks as text.
"""
import builtins
import copy
import json
import math
import os
from collections import Counter, OrderedDict
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parent.parent / "test/io/fixtures/torch"
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
torch.set_num_threads(1)


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return "-0" if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0 else value


def tree(value):
    if isinstance(value, torch.Tensor):
        floats = value.dtype.is_floating_point
        kind, dtype = ("float32", torch.float32) if floats else ("int32", torch.int64)
        data = value.detach().to(dtype).reshape(-1).tolist()
        return {"shape": list(value.shape), "dtype": kind, "data": [number(each) for each in data]}
    if isinstance(value, dict):
        return {str(key): tree(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [tree(each) for each in value]
    if isinstance(value, (torch.device, torch.dtype)):
        return str(value)
    return number(value)


def save(name, value):
    """In the zip form, and in the plain form of PyTorch before 1.6."""
    torch.save(value, OUT / f"{name}.pt")
    torch.save(value, OUT / f"{name}-plain.pt", _use_new_zipfile_serialization=False)
    expected = tree(value)
    (OUT / f"{name}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


class Block(nn.Module):
    """A convolution, batch normalization, an LSTM over the columns, and a linear layer, with numbers to predict."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(3)
        self.lstm = nn.LSTM(12, 5, batch_first=True)
        self.fc = nn.Linear(5, 2)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        out, _ = self.lstm(x.permute(0, 3, 1, 2).flatten(2))
        return self.fc(out[:, -1])


# Layers
layers = nn.ModuleDict({"linear": nn.Linear(4, 3), "conv": nn.Conv2d(2, 3, 3), "norm": nn.BatchNorm1d(3), "lstm": nn.LSTM(3, 4)})
layers["norm"](torch.randn(8, 3))
save("layers", layers.state_dict())
torch.save(layers.state_dict(), OUT / "layers-protocol-4.pt", pickle_protocol=4)

# A model and what it predicts
model = Block()
for _ in range(3):
    model(torch.randn(4, 1, 4, 6))
model.eval()
x = torch.randn(2, 1, 4, 6)
save("predicted", {"model": model.state_dict(), "x": x, "y": model(x).detach()})

# Dtypes, and numbers at their limits
finfo = torch.finfo
numbers = {
    "float64": torch.tensor([0.1, -0.0, math.inf, -math.inf, math.nan, 1e-320, 3.4e38], dtype=torch.float64),
    "float32": torch.tensor([0.1, -0.0, math.inf, -math.inf, math.nan, 1e-45, finfo(torch.float32).max]),
    "float16": torch.tensor([0.1, -0.0, math.inf, -math.inf, math.nan, 6e-8, 65504]).half(),
    "bfloat16": torch.tensor([0.1, -0.0, math.inf, -math.inf, math.nan, 1e-40, 3e38]).bfloat16(),
    "int64": torch.tensor([-(2**31), -1, 0, 2**31 - 1]),
    "int32": torch.tensor([-(2**31), -1, 0, 2**31 - 1], dtype=torch.int32),
    "int16": torch.tensor([-(2**15), 2**15 - 1], dtype=torch.int16),
    "int8": torch.tensor([-128, 127], dtype=torch.int8),
    "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(3.5),
    "empty": torch.zeros(0, 3),
}
save("dtypes", numbers)
save("large-int64", {"count": torch.tensor([1, 2**31])})
save("large-float64", {"loss": torch.tensor([0, 1e39], dtype=torch.float64)})

# Views
base = torch.arange(24.0).reshape(4, 6)
views = OrderedDict(
    base=base,
    transposed=base.t(),
    rows=base[1:3],
    steps=base[::2, 1::2],
    permuted=base.reshape(2, 3, 4).permute(2, 0, 1),
    expanded=base[2, :3].expand(5, 3),
    one=base[3, 5],
    same=base,
    parameter=nn.Parameter(base[0]),
)
save("views", views)

# Other values
save(
    "values",
    {
        "none": None,
        "yes": True,
        "no": False,
        "whole": [0, -1, 255, 65535, 2**31 - 1, -(2**31), 2**40, -(2**53) + 1],
        "float": [0.1, -0.0, math.inf, math.nan],
        "text": "größe \U0001f600",
        "tuple": (1, "two", (3.0,)),
        "size": torch.Size([2, 3]),
        "device": torch.device("cuda:1"),
        "dtype": torch.float16,
        "counter": Counter({3: 1}),
        "__proto__": {"polluted": True},
        "constructor": 5,
        5: "five",
        "nested": {"list": [{"a": []}, {}]},
    },
)
save("tensor", torch.tensor([1.0, 2.0]))

# A checkpoint
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
optimizer = torch.optim.Adam([{"params": model[0].parameters(), "lr": 0.01}, {"params": model[2].parameters()}], lr=0.001)
schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
for _ in range(3):
    optimizer.zero_grad()
    model(torch.randn(5, 3)).square().sum().backward()
    optimizer.step()
    schedule.step()
checkpoint = {
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "schedule": schedule.state_dict(),
    "epoch": 3,
    "best": 0.25,
}
save("checkpoint", checkpoint)

# A training of six steps, saved after three
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
x, y = torch.randn(5, 3), torch.randn(5, 2)
states = []
for step in range(7):
    states.append(copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()}))
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
save("resumed", {"x": x, "y": y, "middle": states[3], "end": states[6]["model"]})
torch.save(states[3], OUT / "training.pt")  # docs/files.md reads it

# Refused
torch.save(nn.Linear(1, 1), OUT / "refused-module.pt")


class Command:
    def __reduce__(self):
        return os.system, ("echo executed",)


class Net(nn.Module):
    """Of no file, so that PyTorch does not put its source into the plain form."""

    __module__ = "builtins"


setattr(builtins, "Net", Net)
torch.save(Net(), OUT / "refused-module-plain.pt", _use_new_zipfile_serialization=False)
torch.save({"weight": Command()}, OUT / "refused-command.pt")
torch.save({"weight": Command()}, OUT / "refused-command-plain.pt", _use_new_zipfile_serialization=False)
torch.save({"weight": torch.eye(2).to_sparse()}, OUT / "refused-sparse.pt")
torch.jit.script(nn.Linear(1, 1)).save(str(OUT / "refused-script.pt"))
