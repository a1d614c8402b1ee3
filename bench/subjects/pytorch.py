"""Answers requests, one JSON value for each line: prepares a case, runs it once, or times many runs. Numbers are in base64."""
import base64
import json
import sys
import time

import numpy
import torch
from torch import nn

import pytorch_layers

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def array(text, shape):
    return torch.from_numpy(numpy.frombuffer(base64.b64decode(text), dtype="float32").reshape(shape).copy())


def text(tensor):
    return base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()


def build(network, dropout, input_dropout=0):
    modules = [nn.Dropout(input_dropout)] if input_dropout > 0 else []
    for index, layer in enumerate(network["layers"]):
        linear = nn.Linear(layer["inputs"], layer["outputs"])
        linear.weight.data = array(layer["weight"], (layer["outputs"], layer["inputs"]))
        linear.bias.data = array(layer["bias"], (layer["outputs"],))
        modules.append(linear)
        if index < len(network["layers"]) - 1:
            modules.append(ACTIVATIONS[network["activation"]]())
            if dropout > 0:
                modules.append(nn.Dropout(dropout))
    if network["loss"] == "binaryCrossEntropy":
        modules.append(nn.Sigmoid())
    return nn.Sequential(*modules)


def matmul(job):
    a, b = (array(job[name], (job["size"], job["size"])) for name in "ab")
    return lambda: a @ b, text


def predict(job):
    model = build(job["network"], 0).eval()
    x = array(job["x"], (job["rows"], -1))

    def run():
        with torch.inference_mode():
            return model(x)

    return run, text


def train(job):
    network = job["network"]
    labels = network["loss"] == "crossEntropy"
    model = build(network, network["dropout"], network["inputDropout"]).train()
    x = array(job["x"], (job["rows"], -1))
    y = array(job["y"], (job["rows"],) if labels else (job["rows"], 1))
    y = y.long() if labels else y
    criterion = nn.CrossEntropyLoss() if labels else nn.BCELoss()
    kind = torch.optim.Adam if network["optimizer"] == "adam" else torch.optim.SGD
    return steps(model, criterion, kind(model.parameters(), lr=network["lr"]), x, y)


def layers(job):
    values = {name: array(each["values"], each["shape"]) for name, each in job["parameters"].items()}
    model = pytorch_layers.build(job["name"], values).train()
    x = array(job["x"], (job["rows"], *job["input"]))
    if x.dim() == 4:
        model, x = (each.to(memory_format=torch.channels_last) for each in (model, x))  # a fifth faster
    y = array(job["y"], (job["rows"],)).long()
    return steps(model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=job["lr"]), x, y)


def steps(model, criterion, optimizer, x, y):
    def run():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run, lambda loss: loss


def times(run, seconds):
    start = time.perf_counter()
    while time.perf_counter() - start < 0.3 * seconds:
        run()
    samples = []
    start = time.perf_counter()
    while True:
        before = time.perf_counter()
        run()
        after = time.perf_counter()
        samples.append(after - before)
        if after - start > seconds:
            return samples


def blas():
    """The BLAS in use, from the libraries that are loaded after a product. The reference BLAS is too slow to compare with."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    if "BLAS_INFO=mkl" in torch.__config__.show():
        return "MKL"
    with open("/proc/self/maps", encoding="utf8") as maps:
        return "OpenBLAS" if "openblas" in maps.read() else None


CASES = {"matmul": matmul, "predict": predict, "train": train, "layers": layers}
torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
prepared = []
print(json.dumps({"version": torch.__version__, "blas": blas()}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if job["do"] == "prepare":
        prepared.append(CASES[job["case"]](job))
        answer = len(prepared) - 1
    else:
        run, encode = prepared[job["index"]]
        answer = times(run, job["seconds"]) if job["do"] == "sample" else encode(run())
    print(json.dumps(answer), flush=True)
