"""Writes the fixtures of test/raw: images by PIL with their pixels and sizes as PIL reads and resizes them, and CSV files with
their rows as Python's csv reads them. `python3 scripts/raw-files.py` (Debian: python3-pil, python3-numpy)"""

import csv
import json
import os

import numpy as np
from PIL import Image

FOLDER = "test/raw/fixtures"
os.makedirs(f"{FOLDER}/images", exist_ok=True)
os.makedirs(f"{FOLDER}/csv", exist_ok=True)
rng = np.random.default_rng(7)


def smooth(height, width, channels):
    """A smooth image, whose colours JPEG keeps well."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / (5 + c)) * np.cos(y / (7 - c)) for c in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


H, W = 13, 11
rgb = Image.fromarray(smooth(H, W, 3))
rgba = rgb.copy()
rgba.putalpha(Image.fromarray(rng.integers(0, 256, (H, W), dtype=np.uint8)))
grey = rgb.convert("L")
deep = Image.fromarray(rng.integers(0, 65536, (H, W), dtype=np.uint16))
palette = rgb.quantize(200)
few = rgb.quantize(13)
keyed = palette.copy()
two = grey.point(lambda v: 255 * (v > 127)).convert("1")
grey_alpha = grey.convert("LA")
grey_alpha.putalpha(rgba.getchannel("A"))

images = {
    "rgb.png": (rgb, {}),
    "rgba.png": (rgba, {}),
    "grey.png": (grey, {}),
    "grey-alpha.png": (grey_alpha, {}),
    "grey16.png": (deep, {}),
    "palette.png": (palette, {}),
    "palette4.png": (few, {"bits": 4}),
    "palette-alpha.png": (keyed, {"transparency": 3}),
    "bits1.png": (two, {}),
    "baseline.jpg": (rgb, {"quality": 95, "subsampling": 0}),
    "progressive.jpg": (rgb, {"quality": 95, "progressive": True, "subsampling": 0}),
    "grey.jpg": (grey, {"quality": 95}),
    "subsampled.jpg": (Image.fromarray(smooth(40, 37, 3)), {"quality": 90, "subsampling": 2}),
}
expected = {}
for name, (image, options) in images.items():
    path = f"{FOLDER}/images/{name}"
    image.save(path, **options)
    read = Image.open(path)
    if name == "grey16.png":
        grey_values = np.asarray(read, dtype=np.int64)
        values = np.stack([grey_values] * 3 + [np.full((H, W), 65535)])
    else:
        values = np.asarray(read.convert("RGBA"), dtype=np.int64).transpose(2, 0, 1)
    expected[name] = {"shape": list(values.shape), "rgba": values.ravel().tolist()}

plane = Image.fromarray(np.asarray(grey, dtype=np.float32) / 255)
resized = {
    f"{h}x{w}": np.asarray(plane.resize((w, h), Image.BILINEAR), dtype=np.float64).round(6).ravel().tolist()
    for h, w in [(13, 11), (26, 22), (5, 4), (1, 1), (7, 30), (40, 3)]
}
with open(f"{FOLDER}/images/expected.json", "w") as file:
    json.dump({"grey": np.asarray(grey).ravel().tolist(), "pixels": expected, "resized": resized}, file)

tables = {
    "plain": ("a,b,c\n1,x,2.5\n-3,y,1e3\n", {}),
    "quoted": ('name,note\n"Smith, J.","said ""no"""\n"two\nlines",""\n', {}),
    "crlf": ('a,b\r\n1,"x\r\ny"\r\n2,z\r\n', {}),
    "cr": ("a,b\r1,2\r3,4\r", {}),
    "mixed": ("a,b\n1,2\r\n3,4\n5,6", {}),
    "semicolon": ("a;b\n1,5;2\n", {"delimiter": ";"}),
    "tab": ("a\tb\n1\t\n\t2\n", {"delimiter": "\t"}),
    "unicode": ("naïve,日本\n😀,é\n", {}),
    "single": ("a,b\n'x,y',2\n", {"quotechar": "'"}),
    "spaces": ("a,b\n 1 , x\n", {}),
}
rows = {}
for name, (text, options) in tables.items():
    with open(f"{FOLDER}/csv/{name}.csv", "w", newline="", encoding="utf-8") as file:
        file.write(text)
    with open(f"{FOLDER}/csv/{name}.csv", newline="", encoding="utf-8") as file:
        rows[name] = {"options": options, "rows": [row for row in csv.reader(file, **options) if row]}
with open(f"{FOLDER}/csv/expected.json", "w") as file:
    json.dump(rows, file, ensure_ascii=False)
