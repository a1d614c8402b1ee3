"""Checks the ONNX files that are its arguments, with inference of shapes; prints a line of JSON for each."""
import json
import sys

import onnx
from onnx import checker

for path in sys.argv[1:]:
    try:
        checker.check_model(path, full_check=True)
        message = ""
    except Exception as error:  # noqa: BLE001 - whatever it says is what is reported
        message = str(error).strip() or type(error).__name__
    print(json.dumps({"path": path, "message": message}), flush=True)
