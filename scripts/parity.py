"""Prints one case for each line: a PyTorch module of random configuration, its outputs and its gradients in float64.

Inputs are rounded to float32 first, so that a computation in float32 starts from the same numbers.
"""
import json
import random
import sys

import torch
from torch import nn
from torch.nn.utils import rnn

COUNT, SEED, ONLY = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
torch.set_num_threads(1)


def dump(tensor):
    tensor = tensor.detach()
    if not tensor.dtype.is_floating_point:
        return {"shape": list(tensor.shape), "dtype": "int32", "data": tensor.reshape(-1).tolist()}
    return {"shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()}


def normal(*shape):
    return torch.randn(*shape).double()


def linear(r):
    config = {"in_features": r.randint(1, 70), "out_features": r.randint(1, 70), "bias": r.random() < 0.7}
    leading = [r.randint(1, 9) for _ in range(r.randint(1, 3))]
    return config, nn.Linear(**config), [normal(*leading, config["in_features"])]


def convolution(kind, axes):
    def make(r):
        groups = r.choice([1, 1, 1, 2, 3])
        config = {
            "in_channels": groups * r.randint(1, 5),
            "out_channels": groups * r.randint(1, 6),
            "kernel_size": [r.randint(1, 4) for _ in range(axes)],
            "stride": [r.randint(1, 3) for _ in range(axes)],
            "padding": [r.randint(0, 2) for _ in range(axes)],
            "dilation": [r.randint(1, 2) for _ in range(axes)],
            "groups": groups,
            "bias": r.random() < 0.7,
        }
        if kind is nn.ConvTranspose2d:
            config["output_padding"] = [r.randint(0, max(s, d) - 1) for s, d in zip(config["stride"], config["dilation"])]
        elif r.random() < 0.2:
            config["stride"], config["padding"] = [1] * axes, "same"
        sides = [r.randint(8, 14) for _ in range(axes)]
        return config, kind(**config), [normal(r.randint(1, 4), config["in_channels"], *sides)]

    return make


def pooling(kind, axes, extra=()):
    def make(r):
        kernel = [r.randint(1, 4) for _ in range(axes)]
        config = {"kernel_size": kernel, "padding": [r.randint(0, k // 2) for k in kernel], "ceil_mode": r.random() < 0.3}
        config["stride"] = [r.randint(1, 3) for _ in range(axes)]
        config.update({name: draw(r) for name, draw in extra})
        one = {name: value[0] if axes == 1 and isinstance(value, list) else value for name, value in config.items()}
        return one, kind(**one), [normal(r.randint(1, 3), r.randint(1, 5), *[r.randint(6, 13) for _ in range(axes)])]

    return make


def adaptive(r):
    config = {"output_size": r.choice([1, 2, 3, [2, 3], [1, 4]])}
    return config, nn.AdaptiveAvgPool2d(**config), [normal(2, 3, r.randint(4, 9), r.randint(4, 9))]


def adaptive_line(r):
    config = {"output_size": r.randint(1, 4)}
    return config, nn.AdaptiveAvgPool1d(**config), [normal(r.randint(1, 3), r.randint(1, 5), r.randint(4, 12))]


# At least three numbers: the gradient of two normalized numbers is smaller than the rounding of float32.


def batch_norm(kind, shapes):
    def make(r):
        config = {"num_features": r.randint(1, 9), "eps": r.choice([1e-5, 1e-3]), "affine": r.random() < 0.7}
        config["momentum"] = r.choice([0.1, 0.3, None])
        shape = r.choice(shapes)(r)
        return config, kind(**config), [normal(shape[0], config["num_features"], *shape[1:]) * 2 + 1]

    return make


def layer_norm(r):
    shape = [r.randint(3, 8) for _ in range(r.randint(1, 2))]
    config = {"normalized_shape": shape, "eps": r.choice([1e-5, 1e-3]), "elementwise_affine": r.random() < 0.7}
    return config, nn.LayerNorm(**config), [normal(r.randint(1, 6), r.randint(1, 4), *shape) * 2 + 1]


def group_norm(r):
    groups = r.randint(1, 4)
    config = {"num_groups": groups, "num_channels": groups * r.randint(1, 3), "eps": 1e-5, "affine": r.random() < 0.7}
    return config, nn.GroupNorm(**config), [normal(r.randint(1, 4), config["num_channels"], r.randint(2, 5), r.randint(2, 5))]


def embedding(r):
    config = {"num_embeddings": r.randint(2, 20), "embedding_dim": r.randint(1, 20)}
    if r.random() < 0.5:
        config["padding_idx"] = r.randrange(config["num_embeddings"])
    return config, nn.Embedding(**config), [torch.randint(0, config["num_embeddings"], (r.randint(1, 5), r.randint(1, 9)))]


class First(nn.Module):
    """The first result of a module, with the state names of the module itself."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, *inputs):
        return self.inner(*inputs)[0]


def recurrent(kind):
    def make(r):
        config = {
            "input_size": r.randint(1, 9),
            "hidden_size": r.randint(1, 9),
            "num_layers": r.randint(1, 3),
            "bias": r.random() < 0.8,
            "batch_first": r.random() < 0.5,
            "bidirectional": r.random() < 0.5,
        }
        if kind is nn.RNN:
            config["nonlinearity"] = r.choice(["tanh", "relu"])
        return config, First(kind(**config)), [normal(r.randint(1, 6), r.randint(1, 6), config["input_size"])]

    return make


class Attention(nn.Module):
    def __init__(self, mha, causal):
        super().__init__()
        self.mha, self.causal = mha, causal

    def forward(self, query, key=None, value=None):
        key, value = (query if key is None else key), (query if value is None else value)
        axis = 1 if self.mha.batch_first else 0
        mask = torch.triu(torch.ones(query.shape[axis], key.shape[axis], dtype=torch.bool), 1) if self.causal else None
        return self.mha(query, key, value, attn_mask=mask, need_weights=False)[0]


def attention(crosses):
    def make(r):
        heads = r.randint(1, 4)
        config = {"embed_dim": heads * r.randint(1, 6), "num_heads": heads, "batch_first": r.random() < 0.5, "bias": r.random() < 0.7}
        module = nn.MultiheadAttention(**config)
        config["causal"] = not crosses and r.random() < 0.5
        batch, times, others = r.randint(1, 4), r.randint(1, 7), r.randint(1, 7)

        def shape(count):
            return (batch, count, config["embed_dim"]) if config["batch_first"] else (count, batch, config["embed_dim"])

        inputs = [normal(*shape(times))] + [normal(*shape(others)) for _ in range(2 if crosses else 0)]
        return config, Attention(module, config["causal"]), inputs

    return make


def encoder_layer(r):
    heads = r.randint(1, 4)
    config = {
        "d_model": heads * r.randint(3 if heads == 1 else 2, 6),
        "nhead": heads,
        "dim_feedforward": r.randint(1, 30),
        "dropout": 0.0,
        "activation": r.choice(["relu", "gelu"]),
        "batch_first": r.random() < 0.5,
        "norm_first": r.random() < 0.5,
    }
    return config, nn.TransformerEncoderLayer(**config), [normal(r.randint(1, 6), r.randint(1, 6), config["d_model"])]


def lengths(r, batch, steps):
    return torch.tensor([r.randint(1, steps) for _ in range(batch)])


class Packed(nn.Module):
    """A recurrent layer over packed sequences, with the state names of the layer itself."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x, lengths):
        first = self.inner.batch_first
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=first, enforce_sorted=False)
        return rnn.pad_packed_sequence(self.inner(packed)[0], batch_first=first, total_length=x.shape[1 if first else 0])[0]


def packed(kind):
    def make(r):
        config, first, [x] = recurrent(kind)(r)
        axes = x.shape[:2] if config["batch_first"] else (x.shape[1], x.shape[0])
        return config, Packed(first.inner), [x, lengths(r, *axes)]

    return make


class Padded(nn.Module):
    """Self-attention of padded sequences, without the outputs in padding."""

    def __init__(self, mha):
        super().__init__()
        self.mha = mha

    def forward(self, x, lengths):
        return without_padding(lambda ignored: self.mha(x, x, x, key_padding_mask=ignored, need_weights=False)[0], lengths, x, self.mha)


class PaddedEncoder(First):
    def forward(self, x, lengths):
        attention = self.inner.self_attn
        return without_padding(lambda ignored: self.inner(x, src_key_padding_mask=ignored), lengths, x, attention)


def without_padding(layer, lengths, x, attention):
    ignored = torch.arange(x.shape[1 if attention.batch_first else 0])[None, :] >= lengths[:, None]
    own = ~(ignored if attention.batch_first else ignored.T)
    return layer(ignored) * own[:, :, None]


def padded_attention(r):
    config, module, [x] = attention(False)(r)
    config["causal"] = False
    axes = x.shape[:2] if config["batch_first"] else (x.shape[1], x.shape[0])
    return config, Padded(module.mha), [x, lengths(r, *axes)]


def padded_encoder_layer(r):
    config, module, [x] = encoder_layer(r)
    axes = x.shape[:2] if config["batch_first"] else (x.shape[1], x.shape[0])
    return config, PaddedEncoder(module), [x, lengths(r, *axes)]


def activation(kind, **options):
    def make(r):
        config = {name: draw(r) for name, draw in options.items()}
        return config, kind(**config), [normal(*[r.randint(1, 9) for _ in range(r.randint(1, 4))]) * 3]

    return make


def along_axis(kind):
    def make(r):
        axes = r.randint(1, 4)
        config = {"dim": r.randrange(axes)}
        return config, kind(**config), [normal(*[r.randint(1, 9) for _ in range(axes)]) * 3]

    return make


def prelu(r):
    config = {"num_parameters": r.choice([1, 4])}
    return config, nn.PReLU(**config), [normal(r.randint(1, 5), 4, r.randint(1, 5))]


REDUCTIONS = ["mean", "sum", "none"]


def of_two(kind, target=lambda shape: normal(*shape), **options):
    def make(r):
        config = {"reduction": r.choice(REDUCTIONS), **{name: draw(r) for name, draw in options.items()}}
        shape = [r.randint(1, 9) for _ in range(r.randint(1, 3))]
        given = torch.rand(*shape).double() * 0.98 + 0.01 if kind is nn.BCELoss else normal(*shape)
        return config, kind(**config), [given, target(shape)]

    return make


def with_pos_weight(r):
    shape = [r.randint(1, 9) for _ in range(r.randint(1, 3))]
    weight = r.choice([2.5, 0.25, [r.random() * 4 for _ in range(shape[-1])]])
    config = {"reduction": r.choice(REDUCTIONS), "pos_weight": torch.tensor(weight).tolist()}
    module = nn.BCEWithLogitsLoss(reduction=config["reduction"], pos_weight=torch.tensor(weight))
    return config, module, [normal(*shape) * 3, torch.rand(*shape).double()]


def of_classes(kind):
    def make(r):
        classes, rows = r.randint(2, 12), r.randint(1, 20)
        config = {"reduction": r.choice(REDUCTIONS)}
        if kind is nn.CrossEntropyLoss:
            config["label_smoothing"] = r.choice([0.0, 0.1, 0.3])
        given = normal(rows, classes) * 3
        given = torch.log_softmax(given, 1) if kind is nn.NLLLoss else given
        if kind is nn.MultiMarginLoss:
            config.update(p=r.choice([1, 2]), margin=0.5 + r.random())
        weight = torch.rand(classes) + 0.2 if r.random() < 0.5 else None
        module = kind(**config, weight=weight)
        if weight is not None:
            config["weight"] = weight.tolist()
        return config, module, [given, torch.randint(0, classes, (rows,))]

    return make


def divergence(r):
    config = {"reduction": r.choice(["batchmean", *REDUCTIONS]), "log_target": r.random() < 0.5}
    shape = (r.randint(1, 9), r.randint(2, 9))
    given, target = torch.log_softmax(normal(*shape), 1), torch.log_softmax(normal(*shape), 1)
    return config, nn.KLDivLoss(**config), [given, target if config["log_target"] else target.exp()]


def signs(shape):
    return torch.randint(0, 2, tuple(shape)).double() * 2 - 1


class OfPairs(nn.Module):
    """A loss of pairs, with its two inputs concatenated."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pairs, target):
        return self.inner(pairs[:, 0], pairs[:, 1], target)


def cosine_embedding(r):
    config = {"reduction": r.choice(REDUCTIONS), "margin": r.random() - 0.3}
    rows = r.randint(1, 9)
    return config, OfPairs(nn.CosineEmbeddingLoss(**config)), [normal(rows, 2, r.randint(2, 9)), signs([rows])]


def side(r):
    return r.randint(3, 7)


class Function(nn.Module):
    """A function as a module without parameters."""

    def __init__(self, apply):
        super().__init__()
        self.apply_to = apply

    def forward(self, *inputs):
        return self.apply_to(*inputs)


def repeatable(r, count):
    """Shapes of several operands that broadcast to one shape."""
    shape = [r.randint(1, 7) for _ in range(r.randint(1, 5))]
    shapes = [[n if r.random() < 0.7 else 1 for n in shape] for _ in range(count)]
    return [each[r.randint(0, len(shape) - 1) if r.random() < 0.3 else 0 :] for each in shapes]


def elementwise(apply, count, positive=False):
    def make(r):
        inputs = [normal(*shape) for shape in repeatable(r, count)]
        return {}, Function(apply), [inputs[0].abs() + 0.1, *inputs[1:]] if positive else inputs

    return make


def power(r):
    y = r.choice([0, 0.5, 1, 2, 3, -1, -2, 1.7])
    return {"y": y}, Function(lambda x: torch.pow(x, y)), [normal(*repeatable(r, 1)[0]).abs() + 0.1]


def extreme(apply):
    def make(r):
        shape = [r.randint(1, 6) for _ in range(r.randint(1, 4))]
        config = {"dim": sorted(r.sample(range(len(shape)), r.randint(1, len(shape)))), "keepdim": r.random() < 0.5}
        # Few distinct numbers, so that maxima have ties.
        return config, Function(lambda x: apply(x, **config)), [(normal(*shape) * 2).round()]

    return make


def taking(r):
    shape = [r.randint(1, 6) for _ in range(r.randint(1, 4))]
    dim = r.randrange(len(shape))
    of_indices = [r.randint(1, 7) if axis == dim else r.randint(1, extent) for axis, extent in enumerate(shape)]
    indices = torch.randint(0, shape[dim], of_indices)
    return {"dim": dim}, Function(lambda x, i: torch.gather(x, dim, i)), [normal(*shape), indices]


def selecting(r):
    shape = [r.randint(1, 6) for _ in range(r.randint(1, 4))]
    dim = r.randrange(len(shape))
    indices = torch.randint(0, shape[dim], (r.randint(1, 9),))
    return {"dim": dim}, Function(lambda x, i: torch.index_select(x, dim, i)), [normal(*shape), indices]


def clamping(r):
    config = {"low": -r.random(), "high": r.random()}
    return config, Function(lambda x: torch.clamp(x, config["low"], config["high"])), [normal(*repeatable(r, 1)[0])]


def stacking(r):
    shape = [r.randint(1, 6) for _ in range(r.randint(1, 3))]
    config = {"dim": r.randint(-len(shape) - 1, len(shape))}
    return config, Function(lambda *xs: torch.stack(xs, **config)), [normal(*shape) for _ in range(r.randint(1, 4))]


MAKERS = {
    "maximum": elementwise(torch.maximum, 2),
    "minimum": elementwise(torch.minimum, 2),
    "pow": elementwise(torch.pow, 2, True),
    "powNumber": power,
    "where": elementwise(lambda c, a, b: torch.where(c > 0, a, b), 3),
    "amax": extreme(torch.amax),
    "amin": extreme(torch.amin),
    "gather": taking,
    "indexSelect": selecting,
    "clamp": clamping,
    "stack": stacking,
    "Linear": linear,
    "Conv1d": convolution(nn.Conv1d, 1),
    "Conv2d": convolution(nn.Conv2d, 2),
    "ConvTranspose2d": convolution(nn.ConvTranspose2d, 2),
    "MaxPool1d": pooling(nn.MaxPool1d, 1),
    "MaxPool2d": pooling(nn.MaxPool2d, 2),
    "AvgPool1d": pooling(nn.AvgPool1d, 1),
    "AvgPool2d": pooling(nn.AvgPool2d, 2, [("count_include_pad", lambda r: r.random() < 0.5)]),
    "AdaptiveAvgPool1d": adaptive_line,
    "AdaptiveAvgPool2d": adaptive,
    "BatchNorm1d": batch_norm(nn.BatchNorm1d, [lambda r: [r.randint(3, 9)], lambda r: [r.randint(2, 5), side(r)]]),
    "BatchNorm2d": batch_norm(nn.BatchNorm2d, [lambda r: [r.randint(1, 4), side(r), side(r)]]),
    "LayerNorm": layer_norm,
    "GroupNorm": group_norm,
    "Embedding": embedding,
    "RNN": recurrent(nn.RNN),
    "LSTM": recurrent(nn.LSTM),
    "GRU": recurrent(nn.GRU),
    "PackedRNN": packed(nn.RNN),
    "PackedLSTM": packed(nn.LSTM),
    "PackedGRU": packed(nn.GRU),
    "PaddedAttention": padded_attention,
    "PaddedEncoderLayer": padded_encoder_layer,
    "MultiheadAttention": attention(False),
    "CrossAttention": attention(True),
    "TransformerEncoderLayer": encoder_layer,
    "PReLU": prelu,
    "Softmax": along_axis(nn.Softmax),
    "LogSoftmax": along_axis(nn.LogSoftmax),
    "Sigmoid": activation(nn.Sigmoid),
    "Tanh": activation(nn.Tanh),
    "ReLU": activation(nn.ReLU),
    "LeakyReLU": activation(nn.LeakyReLU, negative_slope=lambda r: r.random()),
    "ELU": activation(nn.ELU, alpha=lambda r: 0.1 + r.random()),
    "SELU": activation(nn.SELU),
    "GELU": activation(nn.GELU, approximate=lambda r: r.choice(["none", "tanh"])),
    "SiLU": activation(nn.SiLU),
    "Mish": activation(nn.Mish),
    "Softplus": activation(nn.Softplus, beta=lambda r: 0.5 + r.random()),
    "Softsign": activation(nn.Softsign),
    "Hardtanh": activation(nn.Hardtanh, min_val=lambda r: -r.random(), max_val=lambda r: r.random() + 0.1),
    "Hardsigmoid": activation(nn.Hardsigmoid),
    "Hardswish": activation(nn.Hardswish),
    "ReLU6": activation(nn.ReLU6),
    "Tanhshrink": activation(nn.Tanhshrink),
    "Hardshrink": activation(nn.Hardshrink, lambd=lambda r: r.random()),
    "Softshrink": activation(nn.Softshrink, lambd=lambda r: r.random()),
    "CELU": activation(nn.CELU, alpha=lambda r: 0.1 + r.random()),
    "LogSigmoid": activation(nn.LogSigmoid),
    "MSELoss": of_two(nn.MSELoss),
    "L1Loss": of_two(nn.L1Loss),
    "SmoothL1Loss": of_two(nn.SmoothL1Loss, beta=lambda r: 0.3 + r.random()),
    "HuberLoss": of_two(nn.HuberLoss, delta=lambda r: 0.3 + r.random()),
    "BCELoss": of_two(nn.BCELoss, lambda shape: torch.rand(*shape).double()),
    "BCEWithLogitsLoss": of_two(nn.BCEWithLogitsLoss, lambda shape: torch.rand(*shape).double()),
    "WeightedBCEWithLogitsLoss": with_pos_weight,
    "CrossEntropyLoss": of_classes(nn.CrossEntropyLoss),
    "NLLLoss": of_classes(nn.NLLLoss),
    "KLDivLoss": divergence,
    "HingeEmbeddingLoss": of_two(nn.HingeEmbeddingLoss, signs, margin=lambda r: 0.5 + r.random()),
    "MultiMarginLoss": of_classes(nn.MultiMarginLoss),
    "CosineEmbeddingLoss": cosine_embedding,
}


def case(op, seed):
    torch.manual_seed(seed)
    config, module, inputs = MAKERS[op](random.Random(seed))
    is_loss = op.endswith("Loss")  # its buffers are options, not state
    with torch.no_grad():
        for each in [] if is_loss else [*module.parameters(), *(b for b in module.buffers() if b.dtype.is_floating_point)]:
            each.copy_(torch.rand_like(each) + 0.5 if each.dim() == 1 else torch.randn_like(each) * 0.5)
    inputs = [x.float().double() if x.dtype.is_floating_point else x for x in inputs]
    mode = "eval" if op.startswith("BatchNorm") and seed % 3 == 0 else "train"
    module = module.double().train(mode == "train")
    prefix = "inner." if isinstance(module, (First, Packed)) else ""
    state = {name[len(prefix):]: dump(value) for name, value in module.state_dict().items() if not is_loss}
    for x in inputs:
        x.requires_grad_(x.dtype.is_floating_point and not (is_loss and x is inputs[1]))
    out = module(*inputs)
    gradient = torch.randn_like(out).float().double()
    out.backward(gradient)
    gradients = {f"input{i}": dump(x.grad) for i, x in enumerate(inputs) if x.grad is not None}
    gradients.update({name[len(prefix):]: dump(p.grad) for name, p in module.named_parameters() if p.grad is not None})
    after = {name[len(prefix):]: dump(value) for name, value in module.named_buffers() if not is_loss}
    return {
        "op": op, "seed": seed, "config": config, "mode": mode, "inputs": [dump(x) for x in inputs], "state": state,
        "output": dump(out), "gradOutput": dump(gradient), "grads": gradients, "buffersAfter": after,
    }


names = ONLY or list(MAKERS)
print(torch.__version__, flush=True)
for index in range(COUNT):
    print(json.dumps(case(names[index % len(names)], SEED + index // len(names))), flush=True)
