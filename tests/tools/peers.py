"""tools/bench_peers.py on the smallest model, one short round: the figures are there and the table says them.

    peers.py BIN      exit code 77: no ONNX Runtime in this Python, or no models
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
models = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
if not all(importlib.util.find_spec(m) for m in ["onnxruntime", "onnx", "numpy"]) or not (models / "mnist_cntk/model.onnx").exists():
    print("skipped: no onnxruntime in this Python (tools/setup installs it), or no models (DLC_MODELS)")
    sys.exit(77)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    env = {**os.environ, "DLC_BIN": sys.argv[1], "DLC_MODELS": str(models)}
    subprocess.run([sys.executable, root / "tools/bench_peers.py", "--models", "mnist_cntk", "--threads", "1", "--rounds", "2", "--seconds", "0.02",
                    "--starts", "2", "--skip", "compile", "-o", folder / "t.md", "--json", folder / "t.json"],
                   env=env, check=True)  # fmt: skip
    table, report = (folder / "t.md").read_text(), json.loads((folder / "t.json").read_text())
row = report["peers"][0]
assert row["model"] == "mnist_cntk" and len(row["rounds"]["dlc"]) == len(row["rounds"]["onnxruntime"]) == 2, row
assert 0 < row["dlc"] < 1 and 0 < row["onnxruntime"] < 1 and abs(row["ratio"] - row["dlc"] / row["onnxruntime"]) < 1e-12, row
assert row["error"] < 1e-3 and abs(report["geometric_mean"]["1"] - row["ratio"]) < 1e-12, row
assert report["start"]["runs"] == 2 and 0 < report["start"]["min"] <= report["start"]["p50"], report["start"]
assert f"| {row['ratio']:.2f} |" in next(line for line in table.splitlines() if line.startswith("| mnist_cntk |")), table
assert "geometric mean" in table and "Compiling" not in table
