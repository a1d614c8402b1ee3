"""Writes test/ops/fixtures/int8.json: linear layers and convolutions in int8, by the formulas of docs/small-weights.md in float64.

Run with `/usr/bin/python3 scripts/int8.py` (Debian's python3-numpy). Inputs and weights are multiples of 1/1024. None is within
1/100 of the middle between two integers, so that the integers do not depend on how quotients are rounded.
"""
import json

import numpy as np

random = np.random.RandomState(0)
MARGIN = 0.01


def is_clear(quotients):
    return np.abs(np.abs(quotients - np.floor(quotients)) - 0.5) > MARGIN


def draw(shape, low, high):
    return random.randint(int(low * 1024), int(high * 1024) + 1, shape) / 1024


def activations(rows):
    """t, z and u of each row."""
    low, high = np.minimum(rows.min(1, keepdims=True), 0), np.maximum(rows.max(1, keepdims=True), 0)
    t = (high - low) / 127
    divisor = np.where(t == 0, 1, t)
    return t, -low / divisor, rows / divisor


def weights(channels):
    """s and q of each channel, q not rounded."""
    s = np.abs(channels).max(1, keepdims=True) / 127
    return s, channels / np.where(s == 0, 1, s)


def clear_activations(count, size, ranges):
    """Rows of numbers from the ranges, one after the other."""
    rows = []
    for low, high in (ranges[i % len(ranges)] for i in range(count)):
        while True:
            row = draw((1, size), low, high)
            ends = [row.argmin(), row.argmax()]
            for _ in range(1000):
                _, z, u = activations(row)
                wrong = ~is_clear(u)
                wrong[0, ends] = False  # u of an end is 0 or 127, or the other end is 0
                if not wrong.any():
                    break
                row[wrong] = np.clip(draw(wrong.sum(), low, high), row.min(), row.max())
            # The integer of an end follows from z; with all of one sign z is 0 or 127.
            if not wrong.any() and is_clear(z).all() and is_clear(u).all():
                break
        rows.append(row)
    return np.concatenate(rows)


def clear_weights(count, size, size_of=lambda i: 1):
    channels = []
    for i in range(count):
        largest = size_of(i)
        channel = draw((1, size), -largest, largest)
        for _ in range(1000):
            wrong = ~is_clear(weights(channel)[1])
            if not wrong.any():
                break
            most = np.abs(channel).max()
            channel[wrong] = np.clip(draw(wrong.sum(), -largest, largest), -most, most)
        assert not wrong.any()
        channels.append(channel)
    return np.concatenate(channels)


def integers(rows, channels):
    """t and u - z of rows, s and q of channels."""
    t, z, u = activations(rows)
    s, q = weights(channels)
    assert is_clear(z).all() and is_clear(u).all() and is_clear(q).all()
    z = np.round(z)
    u = np.clip(np.round(u + z), 0, 127)
    return t, u - z, s, np.round(q)


def linear(x, w, bias):
    t, u, s, q = integers(x, w)
    return (u @ q.T) * t * s.T + bias


def conv2d(x, w, bias, stride, padding, dilation, groups):
    N, C, H, W = x.shape
    O, c, kh, kw = w.shape
    t, u, s, q = integers(x.reshape(N, -1), w.reshape(O, -1))
    u, q = u.reshape(x.shape), q.reshape(w.shape)
    u = np.pad(u, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    Y = (u.shape[2] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    X = (u.shape[3] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    sums = np.zeros((N, O, Y, X))
    for n, o, y, x_ in np.ndindex(N, O, Y, X):
        group = o // (O // groups)
        for k, i, j in np.ndindex(c, kh, kw):
            row, column = y * stride[0] + i * dilation[0], x_ * stride[1] + j * dilation[1]
            sums[n, o, y, x_] += u[n, group * c + k, row, column] * q[o, k, i, j]
    return sums * t.reshape(N, 1, 1, 1) * s.reshape(1, O, 1, 1) + bias.reshape(1, O, 1, 1)


def dump(x):
    return {"shape": list(x.shape), "times1024": [int(value) for value in 1024 * x.ravel()]}


def case(name, layer, x, w, bias, expected, **options):
    return {
        "name": name, "layer": layer, "options": options, "x": dump(x), "weight": dump(w), "bias": dump(bias),
        "expected": [float(f"{value:.12g}") for value in expected.ravel()],
    }


RANGES = [(-2, 2), (0, 3), (-3, 0), (-0.25, 4), (0, 0)]  # both signs, one, the other, mostly one, a row of zeros
cases = []
for name, rows, inputs, outputs in [("one row", 1, 133, 21), ("several rows", 11, 37, 19), ("many inputs", 2, 700, 5)]:
    x = clear_activations(rows, inputs, RANGES)
    w = clear_weights(outputs, inputs, lambda i: [1, 0.25, 0, 3][i % 4])  # the third channel of four is zeros
    bias = draw(outputs, -1, 1)
    cases.append(case(f"linear, {name}", "linear", x, w, bias, linear(x, w, bias)))
for name, shape, kernel, options in [
    ("one sample", (1, 3, 7, 6), (17, 3, 3, 2), {}),
    ("steps and padding", (3, 2, 6, 7), (9, 2, 3, 3), {"stride": [2, 1], "padding": [1, 2]}),
    ("groups and dilation", (2, 4, 7, 8), (16, 2, 2, 3), {"dilation": [2, 1], "groups": 2}),
]:
    x = clear_activations(shape[0], int(np.prod(shape[1:])), RANGES[:4]).reshape(shape)
    w = clear_weights(kernel[0], int(np.prod(kernel[1:])), lambda i: [1, 0.25][i % 2]).reshape(kernel)
    bias = draw(kernel[0], -1, 1)
    full = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1, **options}
    cases.append(case(f"conv2d, {name}", "conv2d", x, w, bias, conv2d(x, w, bias, **full), **options))

with open("test/ops/fixtures/int8.json", "w") as file:
    json.dump({"numpy": np.__version__, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
