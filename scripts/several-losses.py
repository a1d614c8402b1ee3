"""Writes several-losses.json in test/parity/fixtures: a network with two heads, trained by the weighted sum of two losses.

Run with `/usr/bin/python3 scripts/several-losses.py`. Each case has the losses of five steps of SGD, each of them and their
sum, the gradients of the first step, and the parameters after the last. Computed in float64.
"""
import json

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
STEPS = 5
LR = 0.1


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 5)
        self.price = nn.Linear(5, 1)
        self.kind = nn.Linear(5, 4)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return {"price": self.price(h), "kind": self.kind(h)}


def dump(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().reshape(-1).tolist()}


def rounded(*shape):
    return ((torch.randn(*shape) * 100).round() / 100).double()


def state(model):
    return {name: dump(each) for name, each in model.named_parameters()}


def price_loss(prediction, target, weights):
    errors = (prediction - target).square().mean(1)
    return (errors * weights).sum() / weights.sum()


def kind_loss(prediction, labels, weights, config):
    class_weights = torch.tensor(config["classWeights"]).double()
    each = F.cross_entropy(prediction, labels, weight=class_weights, ignore_index=-100, reduction="none")
    if config["reduction"] == "sum":
        return (each * weights).sum()
    counted = torch.where(labels == -100, torch.zeros_like(weights), class_weights[labels.clamp(min=0)])
    return (each * weights).sum() / (weights * counted).sum()


def case(name, factors, **options):
    config = {"classWeights": [1.0, 1.0, 1.0, 1.0], "reduction": "mean", "l2": 0.0, "weights": None, **options}
    torch.manual_seed(3)
    model = Heads().double()
    with torch.no_grad():
        for each in model.parameters():
            each.copy_(each.float().double())
    x, price, labels = rounded(7, 3), rounded(7, 1), torch.tensor([0, 2, 1, 3, -100, 2, 1])
    weights = torch.ones(7).double() if config["weights"] is None else torch.tensor(config["weights"]).double()
    start = state(model)
    steps, gradients = [], None
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    for _ in range(STEPS):
        out = model(x)
        losses = {
            "price": price_loss(out["price"], price, weights),
            "kind": kind_loss(out["kind"], labels, weights, config),
        }
        penalty = sum(each.square().sum() for each in model.parameters() if each.dim() > 1)
        total = sum(factors[key] * loss for key, loss in losses.items()) + config["l2"] * penalty
        optimizer.zero_grad()
        total.backward()
        gradients = gradients or {key: dump(each.grad) for key, each in model.named_parameters()}
        steps.append({"total": total.item(), **{key: loss.item() for key, loss in losses.items()}})
        optimizer.step()
    return {
        "name": name,
        "factors": factors,
        **config,
        "lr": LR,
        "x": dump(x),
        "price": dump(price),
        "labels": {"shape": [7], "dtype": "int32", "data": labels.tolist()},
        "start": start,
        "steps": steps,
        "gradients": gradients,
        "end": state(model),
    }


cases = [
    case("equal weights", {"price": 1, "kind": 1}),
    case("a smaller weight", {"price": 1, "kind": 0.3}),
    case("a weight of 0", {"price": 2, "kind": 0}),
    case("one loss is a sum", {"price": 0.7, "kind": 0.1}, reduction="sum"),
    case("an l2 penalty", {"price": 1, "kind": 0.5}, l2=0.05),
    case(
        "weights of samples and classes",
        {"price": 0.25, "kind": 1.5},
        classWeights=[0.5, 2.0, 1.0, 3.0],
        weights=[1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 0.25],
    ),
]
with open("test/parity/fixtures/several-losses.json", "w") as file:
    json.dump({"torch": torch.__version__, "cases": cases}, file)
