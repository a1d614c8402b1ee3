/** A Python program that answers requests, one JSON value for each line. Numbers of tensors are in base64. */
export const script = `
import base64, json, math, os, re, sys, time
import numpy, torch
from torch import nn

def array(text, shape):
    return torch.from_numpy(numpy.frombuffer(base64.b64decode(text), dtype="<f4").reshape(shape).copy())

def build(network, dropout):
    modules = []
    for index, layer in enumerate(network["layers"]):
        linear = nn.Linear(layer["inputs"], layer["outputs"])
        linear.weight.data = array(layer["weight"], (layer["outputs"], layer["inputs"]))
        linear.bias.data = array(layer["bias"], (layer["outputs"],))
        modules.append(linear)
        if index < len(network["layers"]) - 1:
            modules.append(nn.ReLU() if network["activation"] == "relu" else nn.Sigmoid())
            if dropout > 0:
                modules.append(nn.Dropout(dropout))
    return nn.Sequential(*modules, *([nn.Sigmoid()] if network["loss"] == "binaryCrossEntropy" else []))

def training(job, dropout):
    network = job["network"]
    labels = network["loss"] == "crossEntropy"
    model = build(network, dropout).train()
    x = array(job["x"], (job["rows"], -1))
    y = array(job["y"], (job["rows"],)).long() if labels else array(job["y"], (job["rows"], 1))
    criterion = nn.CrossEntropyLoss() if labels else nn.BCELoss()
    kind = torch.optim.Adam if network["optimizer"] == "adam" else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=network["lr"])
    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step

def prediction(job):
    model = build(job["network"], 0).eval()
    x = array(job["x"], (job["rows"], -1))
    def run():
        with torch.inference_mode():
            return model(x)
    return run

def prepare(job):
    if job["trains"]:
        step = training(job, 0)
        return training(job, job["network"]["dropout"]), [step() for _ in range(job["steps"])]
    run = prediction(job)
    return run, run().flatten().tolist()

def times(run, seconds, group):
    began = time.perf_counter()
    run()
    before = time.perf_counter()
    calls = max(1, math.ceil(group / max(before - began, 1e-7)))
    samples = [before - began] if calls == 1 else []
    while before < began + seconds or not samples:
        for _ in range(calls):
            run()
        now = time.perf_counter()
        samples.append((now - before) / calls)
        before = now
    return samples

def blas():
    built = re.search(r"BLAS_INFO=(\\w+)", torch.__config__.show())
    if not built or built.group(1) != "generic":
        return built and built.group(1)
    torch.ones(64, 64) @ torch.ones(64, 64)
    maps = "/proc/self/maps"
    loaded = open(maps).read() if os.path.exists(maps) else ""
    return next((name for name in ("openblas", "mkl", "blis", "atlas") if name in loaded), "reference")

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
print(json.dumps({"version": torch.__version__, "blas": blas()}), flush=True)
runs = {}
for line in sys.stdin:
    job = json.loads(line)
    if "network" in job:
        runs[job["name"]], answer = prepare(job)
    else:
        answer = times(runs[job["name"]], job["seconds"], job["group"])
    print(json.dumps(answer), flush=True)
`;
