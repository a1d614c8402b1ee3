"""Prints test/data/fixtures/augmentation.json: images that PyTorch resampled by affine maps.

    /usr/bin/python3 scripts/augmentation.py > test/data/fixtures/augmentation.json
"""
import json

import numpy as np
import torch
from torch.nn import functional

random = np.random.RandomState(0)


def forward(name, *by):
    """The matrix that moves a place in the old image to that in the new one, in pixels right and down from the center."""
    if name == "shift":
        return np.array([[1, 0, by[0]], [0, 1, by[1]], [0, 0, 1]], dtype=float)
    if name == "rotation":  # counterclockwise, with the second axis down
        angle = np.deg2rad(by[0])
        return np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if name == "zoom":
        return np.diag([by[0], by[0], 1.0])
    return np.diag([-1.0, 1.0, 1.0] if name == "horizontalFlip" else [1.0, -1.0, 1.0])


def resampled(image, transforms):
    channels, height, width = image.shape
    matrix = np.eye(3)
    for name, *by in transforms:
        matrix = forward(name, *by) @ matrix
    # PyTorch's coordinates are -1 to 1 from edge to edge.
    scale = np.diag([width / 2, height / 2, 1])
    theta = np.linalg.inv(scale) @ np.linalg.inv(matrix) @ scale
    grid = functional.affine_grid(torch.tensor(theta[None, :2]), (1, channels, height, width), align_corners=False)
    return functional.grid_sample(torch.tensor(image[None]), grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]


lists = [
    [["shift", 2, -1]],
    [["shift", 0.3, 1.75]],
    [["shift", -100, 0]],
    [["rotation", 30]],
    [["rotation", -117.5]],
    [["zoom", 1.4]],
    [["zoom", 0.55]],
    [["horizontalFlip"]],
    [["verticalFlip"]],
    [["shift", 1.5, 0.5], ["rotation", 20], ["zoom", 0.9]],
    [["zoom", 1.2], ["rotation", -40], ["horizontalFlip"], ["shift", -0.7, 2.2]],
    [["rotation", 10], ["verticalFlip"], ["rotation", 35], ["shift", 1, 1]],
]
cases = []
for shape in [(1, 7, 7), (3, 5, 8), (2, 9, 4), (1, 1, 1)]:
    for transforms in lists:
        image = np.round(random.randn(*shape), 6)
        out = resampled(image, transforms)
        cases.append({
            "shape": shape,
            "transforms": transforms,
            "image": image.ravel().tolist(),
            "out": [round(value, 7) for value in out.ravel().tolist()],
        })

print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))
