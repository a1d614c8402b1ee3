"""Writes test/parity/fixtures/sequences.json: outputs and gradients of PyTorch's packed sequences and key padding masks, in float64.

Run with `/usr/bin/python3 scripts/sequences.py`. Inputs have three decimals, so that the file is small. Padding
has large values, so that any use of them shows in the results.
"""
import json

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(0)
torch.set_num_threads(1)
BATCH, STEPS, FEATURES, HIDDEN, HEADS = 4, 5, 3, 4, 2
LENGTHS = torch.tensor([3, 5, 1, 4])
VALID = torch.arange(STEPS)[None, :] < LENGTHS[:, None]
PADDING = 100.0


def rounded(tensor):
    return (tensor * 1000).round() / 1000


def dump(tensor):
    tensor = tensor.detach()
    kind = {} if tensor.dtype.is_floating_point else {"dtype": "int32"}
    data = [float(f"{value:.7g}") if not kind else int(value) for value in tensor.reshape(-1).tolist()]
    return {"shape": list(tensor.shape), **kind, "data": data}


def padded(*features, scale=1.0):
    x = rounded(torch.randn(BATCH, STEPS, *features).double() * scale)
    x[~VALID] = PADDING
    return x


def prepare(module):
    module = module.double()
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(rounded(torch.randn_like(each) * 0.5))
    return module


def case(op, config, module, inputs, outputs_of):
    """Outputs by name, and the gradients of the sum of their products with given ones."""
    inputs = {name: x.requires_grad_() for name, x in inputs.items()}
    outputs = outputs_of(**inputs)
    given = {name: rounded(torch.randn_like(out)) for name, out in outputs.items()}
    torch.autograd.backward(list(outputs.values()), list(given.values()))
    gradients = {name: dump(x.grad) for name, x in inputs.items()}
    gradients.update({name: dump(p.grad) for name, p in module.named_parameters()})
    return {
        "name": " ".join([op, *(f"{key} {value}" for key, value in config.items())]),
        "op": op,
        "config": config,
        "inputs": {name: dump(x) for name, x in inputs.items()},
        "lengths": dump(LENGTHS),
        "state": {name: dump(value) for name, value in module.state_dict().items()},
        "outputs": {name: dump(out) for name, out in outputs.items()},
        "gradOutputs": {name: dump(each) for name, each in given.items()},
        "grads": gradients,
    }


def recurrent(kind, layers, bidirectional, bias):
    config = {"input_size": FEATURES, "hidden_size": HIDDEN, "num_layers": layers, "bidirectional": bidirectional, "bias": bias}
    module = prepare(kind(**config, batch_first=True))
    places = layers * (2 if bidirectional else 1)
    names = ["h", "c"] if kind is nn.LSTM else ["h"]
    states = {f"{name}0": rounded(torch.randn(places, BATCH, HIDDEN).double()) for name in names}

    def outputs(x, **states):
        packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
        initial = tuple(states.values()) if kind is nn.LSTM else states["h0"]
        out, last = module(packed, initial)
        lasts = last if kind is nn.LSTM else [last]
        return {
            "output": pad_packed_sequence(out, batch_first=True, total_length=STEPS)[0],
            **{f"{name}N": each for name, each in zip(names, lasts)},
        }

    return case(kind.__name__, config, module, {"x": padded(FEATURES), **states}, outputs)


def own(out):
    """The steps that are not padding; PyTorch's outputs in padding are not compared."""
    return out * VALID[:, :, None]


def attention(bias):
    config = {"embed_dim": HIDDEN, "num_heads": HEADS, "bias": bias}
    module = prepare(nn.MultiheadAttention(**config, batch_first=True))

    def outputs(x):
        return {"output": own(module(x, x, x, key_padding_mask=~VALID, need_weights=False)[0])}

    return case("MultiheadAttention", config, module, {"x": padded(HIDDEN)}, outputs)


def encoder_layer(norm_first):
    config = {"d_model": HIDDEN, "nhead": HEADS, "dim_feedforward": 6, "dropout": 0.0, "norm_first": norm_first}
    module = prepare(nn.TransformerEncoderLayer(**config, batch_first=True))

    def outputs(x):
        return {"output": own(module(x, src_key_padding_mask=~VALID))}

    return case("TransformerEncoderLayer", config, module, {"x": padded(HIDDEN)}, outputs)


cases = [
    recurrent(kind, layers, bidirectional, bias)
    for kind in [nn.RNN, nn.LSTM, nn.GRU]
    for layers, bidirectional, bias in [(1, False, True), (1, True, False), (2, False, False), (2, True, True)]
]
cases += [attention(True), attention(False), encoder_layer(False), encoder_layer(True)]
with open("test/parity/fixtures/sequences.json", "w") as file:
    file.write('{"torch":"%s","cases":[\n' % torch.__version__)
    file.write(",\n".join(json.dumps(each, separators=(",", ":")) for each in cases))
    file.write("\n]}\n")
