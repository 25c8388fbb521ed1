"""Runs `dlc conformance` and checks its report.

    models.py DLC --models          $DLC_MODELS, or shared/data/models beside the checkout; 77 where there is none
    models.py DLC --onnx KNOWN      the operator tests of libonnx-testdata; 77 where they are not installed
"""

import json
import os
import pathlib
import subprocess
import sys

MUST_PASS = {"mnist_cntk", "mnist_bn", "resnet_cifar"}
STATUSES = ["passed", "failed", "unsupported", "no-reference", "crashed", "timeout"]

dlc, suite = sys.argv[1:3]
root = pathlib.Path(__file__).resolve().parents[2]
if suite == "--models":
    folder = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
    options = ["--timeout", "120"]
else:
    folder = pathlib.Path("/usr/share/libonnx-testdata/data")
    options = ["--timeout", "60", "--known-failures", sys.argv[3]]
if not folder.is_dir():
    print(f"skipped: there is no folder {folder}")
    sys.exit(77)

process = subprocess.run([dlc, "conformance", str(folder), "--device=cpu", "--json", *options], stdout=subprocess.PIPE, text=True)
report = json.loads(process.stdout)
for r in report["results"]:
    if r["status"] != "passed" and (suite == "--models" or r["status"] in ("failed", "crashed", "timeout")):
        print(f"{r['name']}: {r['status']}: {r['reason']}")
print(" ".join(f"{s}={report[s.replace('-', '_')]}" for s in STATUSES), f"total={report['total']}")

problems = []
# The report must add up: nothing is dropped and nothing passes without having run.
if len(report["results"]) != report["total"] or sum(report[s.replace("-", "_")] for s in STATUSES) != report["total"]:
    problems.append("the counts do not add up")
for r in report["results"]:
    if r["status"] not in STATUSES:
        problems.append(f"{r['name']}: unknown status {r['status']}")
    if r["status"] == "unsupported" and not r["reason"].startswith("node '"):
        problems.append(f"{r['name']}: unsupported, but the reason names no node: {r['reason']}")
    if r["bound_values"]:
        problems.append(f"{r['name']}: bound {r['bound_values']} without --bind-shape-inputs")
if suite == "--models":
    status = {r["name"]: r["status"] for r in report["results"]}
    problems += [f"{name}: {status[name]}, must pass" for name in sorted(MUST_PASS & status.keys()) if status[name] != "passed"]
    problems += [f"{name} has crashed" for name, s in status.items() if s in ("crashed", "timeout")]
elif process.returncode != 0:
    problems.append(f"dlc conformance ended with exit code {process.returncode}")
print("\n".join(problems))
sys.exit(1 if problems else 0)
