"""Models of PyTorch as ONNX files with inputs and outputs, for test/onnx/torch.test.ts.

Usage: python3 scripts/onnx-models.py test/onnx/fixtures
"""

import json
import sys
import warnings
from pathlib import Path

import torch
from torch import nn

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


class Recurrent(nn.Module):
    """The outputs and states of a bidirectional layer."""

    def __init__(self, kind, **options):
        super().__init__()
        self.layer = kind(3, 4, bidirectional=True, batch_first=True, **options)

    def forward(self, x):
        output, state = self.layer(x)
        state = state if isinstance(state, tuple) else (state,)
        return (output, *state)


class Attention(nn.Module):
    """Attention whose shapes are computed from that of the input."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.table = nn.Embedding(11, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, ids):
        x = self.norm(self.table(ids))
        batch, steps, _ = x.shape
        heads = lambda each: each.view(batch, steps, 2, 4).transpose(1, 2)
        scores = heads(self.query(x)) @ heads(self.key(x)).transpose(-1, -2) / 2
        mask = torch.ones(steps, steps).tril().bool()
        weights = scores.masked_fill(~mask, float("-inf")).softmax(-1)
        joined = (weights @ heads(self.value(x))).transpose(1, 2).reshape(batch, steps, 8)
        return nn.functional.gelu(self.out(joined)).mean(1)


class Shapes(nn.Module):
    """Shapes, slices and resizing."""

    def forward(self, x):
        half = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        line = nn.functional.interpolate(x, size=(5, 7), mode="bilinear", align_corners=False)
        padded = nn.functional.pad(x, (1, 2, 0, 1), mode="reflect")
        parts = torch.cat([padded[:, :1, :4:2], padded[:, 1:, 1::2]], 1)
        return half.flatten(2).mean(2), line, parts, x.view(x.size(0), -1).max(1)[0]


class Pieces(nn.Module):
    def forward(self, x, y):
        return torch.where(x > y, x.clamp(-1, 1), y**2) / (x.abs() + 1), torch.logsumexp(x, 1), x.argmax(1)


def cnn():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU6(),
        nn.Conv2d(4, 4, 3, groups=4, dilation=2, padding=2),
        nn.PReLU(4),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1),
        nn.AvgPool2d(3, stride=1, padding=1),
        nn.GroupNorm(2, 2),
        nn.Hardswish(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.LazyLinear(3),
        nn.LogSoftmax(-1),
    )


def volume():
    return nn.Sequential(
        nn.Conv3d(1, 2, (2, 3, 3), stride=(1, 2, 1), padding=1),
        nn.BatchNorm3d(2),
        nn.ELU(),
        nn.MaxPool3d(2),
        nn.ConvTranspose3d(2, 1, 3, stride=2, padding=1),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )


def line():
    return nn.Sequential(
        nn.Conv1d(2, 3, 4, padding=2), nn.InstanceNorm1d(3, affine=True), nn.GELU(), nn.ConvTranspose1d(3, 2, 3), nn.MaxPool1d(2)
    )


MODELS = [
    ("mlp", lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 2)), [(3, 4)], 9),
    ("cnn", cnn, [(2, 2, 9, 9)], 17),
    ("volume", volume, [(2, 1, 5, 6, 5)], 13),
    ("line", line, [(2, 2, 7)], 11),
    ("lstm", lambda: Recurrent(nn.LSTM), [(2, 5, 3)], 14),
    ("gru", lambda: Recurrent(nn.GRU), [(2, 5, 3)], 9),
    ("rnn", lambda: Recurrent(nn.RNN, nonlinearity="relu"), [(2, 5, 3)], 13),
    ("attention", Attention, ["ids"], 14),
    ("encoder", lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), [(2, 5, 8)], 17),
    ("shapes", Shapes, [(2, 2, 4, 5)], 11),
    ("pieces", Pieces, [(2, 3), (2, 3)], 13),
]

STEPS = ["mlp", "cnn", "volume", "line", "lstm", "attention"]


def record(tensor):
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


for name, make, shapes, opset in MODELS:
    torch.manual_seed(1)
    model = make()
    inputs = [torch.randint(0, 11, (2, 6)) if shape == "ids" else torch.randn(shape) for shape in shapes]
    model.train()
    model(*inputs)
    model.eval()
    results = model(*inputs)
    count = len(results) if isinstance(results, tuple) else 1
    names = [f"x{i}" for i in range(len(inputs))]
    torch.onnx.export(
        # In training mode dropout stays a node, and batch normalization has the outputs of its updates.
        model.train(name in ("mlp", "cnn")),
        tuple(inputs),
        str(folder / f"{name}.onnx"),
        opset_version=opset,
        input_names=names,
        output_names=[f"y{i}" for i in range(count)],
        dynamic_axes={each: {0: "batch"} for each in names},
        # Folding would merge batch normalization into convolutions.
        training=torch.onnx.TrainingMode.EVAL if name == "encoder" else torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=name == "encoder",
    )
    # The exporter ran the model, which changes running statistics, before it wrote them.
    outputs = model.eval()(*inputs)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    state = {}
    if name in STEPS:
        # One step of SGD on the squared outputs, without dropout.
        model.train()
        for layer in model.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = 0
        results = model(*inputs)
        results = results if isinstance(results, tuple) else (results,)
        results[0].square().mean().backward()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter -= 0.1 * parameter.grad
        state = {key: record(value) for key, value in model.state_dict().items() if value.is_floating_point()}
    described = {"inputs": [record(each) for each in inputs], "outputs": [record(each) for each in outputs], "after": state}
    (folder / f"{name}.json").write_text(json.dumps(described) + "\n")
    print(name, (folder / f"{name}.onnx").stat().st_size)
