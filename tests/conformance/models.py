"""Runs `dlc conformance` on a device and checks its report.

    models.py DLC --models --device=cpu         $DLC_MODELS, or shared/data/models beside the checkout
    models.py DLC --onnx=KNOWN --device=cpu     the operator tests of libonnx-testdata, and whether
                                                docs/operators.md says what the run says

Exit code 77: the data is not here, or the device is not.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

import device
import operators

# Models that pass on the CPU, and so on every device; meshnet3d has no reference. Some pixels of style_mosaic miss its
# reference by up to 0.04 % of the largest, which passes as a whole: in f64 the same model is three times nearer to dlc's
# answer than to the reference.
MUST_PASS = {"basic_pitch", "bilstm_bytes", "face_rfb320", "gtcrn_stream", "magika", "mnist_bn", "mnist_cntk", "ppocr_v4_det",
             "resnet_cifar", "silero_vad_v5", "squeezenet_fp16", "style_mosaic", "unet2d_nuclei", "vit_cifar", "yunet_dynamic"}
STATUSES = ["passed", "random", "failed", "unsupported", "no-reference", "crashed", "timeout"]

parser = argparse.ArgumentParser()
parser.add_argument("dlc")
suite = parser.add_mutually_exclusive_group(required=True)
suite.add_argument("--models", action="store_true")
suite.add_argument("--onnx", metavar="KNOWN")
parser.add_argument("--device", default="cpu")
flags = parser.parse_args()

device.require(flags.dlc, flags.device)
root = pathlib.Path(__file__).resolve().parents[2]
if flags.models:
    folder = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
    options = ["--timeout", "120"]
    if flags.device.startswith("sim"):  # what says nothing about a GPU would take it eight minutes
        options = ["--timeout", "600", "--filter", "/(" + "|".join(sorted(MUST_PASS - {"style_mosaic"})) + ")$"]
else:
    folder = pathlib.Path("/usr/share/libonnx-testdata/data")
    options = ["--timeout", "60", "--known-failures", flags.onnx]
if not folder.is_dir():
    print(f"skipped: there is no folder {folder}")
    sys.exit(77)

process = subprocess.run([flags.dlc, "conformance", str(folder), "--device=" + flags.device, "--json", *options], stdout=subprocess.PIPE, text=True)
report = json.loads(process.stdout)
for r in report["results"]:
    if r["status"] == "passed" and r["reason"] or r["status"] not in ("passed", "random") and (flags.models or r["status"] in ("failed", "crashed", "timeout")):
        print(f"{r['name']}: {r['status']}: {r['reason']}")
print(" ".join(f"{s}={report[s.replace('-', '_')]}" for s in STATUSES), f"total={report['total']}")

problems = []
# The report must add up: nothing is dropped and nothing passes without having run.
if len(report["results"]) != report["total"] or sum(report[s.replace("-", "_")] for s in STATUSES) != report["total"]:
    problems.append("the counts do not add up")
if sum(bool(r["bound_values"]) for r in report["results"]) != report["bound"]:
    problems.append("the count of cases with bound inputs is wrong")
for r in report["results"]:
    if r["status"] not in STATUSES:
        problems.append(f"{r['name']}: unknown status {r['status']}")
    if r["status"] == "unsupported" and not re.match(r"((node|input|tensor|initializer) )?'.+'", r["reason"]):
        problems.append(f"{r['name']}: unsupported, but the reason names nothing of the model: {r['reason']}")
if flags.models:
    status = {r["name"]: r["status"] for r in report["results"]}
    problems += [f"{name}: {status[name]}, must pass" for name in sorted(MUST_PASS & status.keys()) if status[name] != "passed"]
    problems += [f"{name} has crashed" for name, s in status.items() if s in ("crashed", "timeout")]
else:
    if process.returncode != 0:
        problems.append(f"dlc conformance ended with exit code {process.returncode}")
    problems += operators.check(flags.dlc, report, root / "docs/operators.md", flags.device.split(":")[0])
print("\n".join(problems))
sys.exit(1 if problems else 0)
