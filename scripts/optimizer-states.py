"""Writes optimizer-states.json and schedule-states.json in test/parity/fixtures: states of PyTorch in the middle of a training.

Run with `/usr/bin/python3 scripts/optimizer-states.py`. Each case trains a network of two layers for five steps, saves weights
and the optimizer's state dict, and trains for five more.
"""
import json
import warnings

import torch
from torch import nn, optim

warnings.simplefilter("ignore")
torch.set_num_threads(1)
STEPS = 5


def dump(value):
    """Tensors, infinities and tuples for JSON; entries that name functions are left out."""
    if isinstance(value, torch.Tensor):
        data = [float(f"{each:.9g}") for each in value.detach().reshape(-1).tolist()]
        return {"shape": list(value.shape), "dtype": "float32", "data": data}
    if isinstance(value, dict):
        return {str(key): dump(each) for key, each in value.items() if key not in ("anneal_func", "lr_lambdas")}
    if isinstance(value, (list, tuple)):
        return [dump(each) for each in value]
    if isinstance(value, float) and value in (float("inf"), -float("inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def data():
    torch.manual_seed(0)
    x = (torch.randn(8, 3) * 100).round() / 100
    y = (torch.randn(8, 2) * 100).round() / 100
    return x, y


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def train(model, optimizer, steps, schedule=None):
    x, y = data()
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        if schedule:
            schedule.step()


def case(op, config, groups=False, frozen=(), cycle=False):
    model = network()
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name not in frozen
    given = list(model.parameters())
    if groups:
        biases = [each for name, each in model.named_parameters() if name.endswith("bias")]
        weights = [each for name, each in model.named_parameters() if name.endswith("weight")]
        given = [{"params": weights}, {"params": biases, "lr": config["lr"] / 2, "weight_decay": 0.01}]
    optimizer = getattr(optim, op)(given, **config)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, config["lr"], total_steps=2 * STEPS + 1) if cycle else None
    train(model, optimizer, STEPS, schedule)
    middle, state = dump(model.state_dict()), dump(optimizer.state_dict())
    scheduled = dump(schedule.state_dict()) if schedule else None
    train(model, optimizer, STEPS, schedule)
    words = [op, *(f"{key} {value}" for key, value in config.items()), *(["groups"] if groups else [])]
    words += [f"frozen {name}" for name in frozen] + (["one cycle"] if cycle else [])
    return {
        "name": " ".join(words),
        "op": op,
        "config": config,
        "groups": groups,
        "frozen": list(frozen),
        "middle": middle,
        "state": state,
        "schedule": scheduled,
        "end": dump(model.state_dict()),
    }


def schedule_case(op, config, make, steps=7):
    """A schedule's state after some steps, the rates then, and the rates of the steps after it."""
    parameter = nn.Parameter(torch.ones(1))
    optimizer = optim.SGD([parameter], lr=0.5, momentum=0.9)
    schedule = make(optimizer)
    metrics = [1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
    plateau = op == "ReduceLROnPlateau"

    def advance(i):
        optimizer.step()
        schedule.step(metrics[i]) if plateau else schedule.step()

    for i in range(steps):
        advance(i)
    state, lr = dump(schedule.state_dict()), optimizer.param_groups[0]["lr"]
    rates = []
    for i in range(steps, 2 * steps):
        advance(i)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"name": f"{op} after {steps}", "op": op, "config": config, "state": state, "steps": steps, "lr": lr, "metrics": metrics[steps:2 * steps], "rates": rates}


L = optim.lr_scheduler
cases = [
    case("SGD", {"lr": 0.1}),
    case("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, groups=True),
    case("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, frozen=("0.bias",)),
    case("Adam", {"lr": 0.05}),
    case("Adam", {"lr": 0.05, "amsgrad": True}, groups=True),
    case("Adam", {"lr": 0.05, "betas": [0.8, 0.99]}, frozen=("2.weight",)),
    case("Adam", {"lr": 0.05}, cycle=True),
    case("AdamW", {"lr": 0.05, "amsgrad": True}),
    case("RMSprop", {"lr": 0.01}),
    case("RMSprop", {"lr": 0.01, "momentum": 0.9, "centered": True}, groups=True),
    case("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5}, frozen=("2.bias",)),
    case("Adadelta", {"lr": 1.0, "rho": 0.8}),
    case("Adamax", {"lr": 0.05}, groups=True),
    case("NAdam", {"lr": 0.05}),
    case("NAdam", {"lr": 0.05}, cycle=True),
    case("RAdam", {"lr": 0.05}, groups=True),
]
schedules = [
    schedule_case("StepLR", {"step_size": 3, "gamma": 0.5}, lambda o: L.StepLR(o, 3, gamma=0.5)),
    schedule_case("MultiStepLR", {"milestones": [2, 9], "gamma": 0.3}, lambda o: L.MultiStepLR(o, [2, 9], gamma=0.3)),
    schedule_case("ExponentialLR", {"gamma": 0.9}, lambda o: L.ExponentialLR(o, 0.9)),
    schedule_case("LambdaLR", {}, lambda o: L.LambdaLR(o, lambda step: 1 / (1 + step))),
    schedule_case("ConstantLR", {"factor": 0.5, "total_iters": 9}, lambda o: L.ConstantLR(o, 0.5, 9)),
    schedule_case("LinearLR", {"start_factor": 0.25, "total_iters": 9}, lambda o: L.LinearLR(o, 0.25, total_iters=9)),
    schedule_case("PolynomialLR", {"total_iters": 12, "power": 2.0}, lambda o: L.PolynomialLR(o, 12, 2.0)),
    schedule_case("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.01}, lambda o: L.CosineAnnealingLR(o, 12, 0.01)),
    schedule_case("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2}, lambda o: L.CosineAnnealingWarmRestarts(o, 4, 2)),
    schedule_case("OneCycleLR", {"max_lr": 0.5, "total_steps": 15}, lambda o: L.OneCycleLR(o, 0.5, total_steps=15)),
    schedule_case("ChainedScheduler", {}, lambda o: L.ChainedScheduler([L.ConstantLR(o, 0.5, 9), L.ExponentialLR(o, 0.9)])),
    schedule_case("SequentialLR", {}, lambda o: L.SequentialLR(o, [L.ConstantLR(o, 0.5, 9), L.ExponentialLR(o, 0.9)], [4])),
    schedule_case("ReduceLROnPlateau", {"factor": 0.5, "patience": 1, "cooldown": 1}, lambda o: L.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1)),
    # With a count of bad steps, and then in a cooldown.
    schedule_case("ReduceLROnPlateau", {"factor": 0.5, "patience": 1, "cooldown": 1}, lambda o: L.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1), steps=3),
    schedule_case("ReduceLROnPlateau", {"factor": 0.5, "patience": 1, "cooldown": 1}, lambda o: L.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1), steps=4),
    schedule_case("ReduceLROnPlateau", {}, lambda o: L.ReduceLROnPlateau(o), steps=0),
]
x, y = data()
with open("test/parity/fixtures/optimizer-states.json", "w") as file:
    json.dump({"torch": torch.__version__, "x": dump(x), "y": dump(y), "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
with open("test/parity/fixtures/schedule-states.json", "w") as file:
    json.dump({"torch": torch.__version__, "cases": schedules}, file, separators=(",", ":"))
    file.write("\n")
