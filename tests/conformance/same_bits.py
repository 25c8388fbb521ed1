"""The same program gives the same bits: on the CPU for any number of threads, on a device in two runs.

    same_bits.py DLC --device=cpu

Models of $DLC_MODELS, or of shared/data/models beside the checkout, on their own inputs. Exit code 77: they are not here.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import device

ON_DEVICES = ["mnist_cntk", "mnist_bn", "resnet_cifar", "face_rfb320", "bilstm_bytes", "vit_cifar"]
SLOW = ["meshnet3d", "style_mosaic"]

parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--device", default="cpu")
args = parser.parse_args()
device.require(args.dlc, args.device)
root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
if not folder.is_dir():
    print(f"skipped: there is no folder {folder}")
    sys.exit(77)


def run(*command):
    ran = subprocess.run([args.dlc, *map(str, command)], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"dlc {' '.join(map(str, command))}: {ran.stderr.strip()}")
    return ran.stdout


failed = False
with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    for case in sorted(folder.glob("*/test_data_set_0")):
        name = case.parent.name
        if name in SLOW or (args.device != "cpu" and name not in ON_DEVICES):
            continue
        model = case.parent / "model.onnx"
        inputs = [f for data in sorted(case.glob("input_*.pb")) for f in ("-i", f"@{data}")]
        outputs = json.loads(run("run", model, "--device", args.device, "--json", *inputs))["outputs"]
        files = [work / f"{name}.{i}.npy" for i in range(len(outputs))]
        wanted = [f for o, file in zip(outputs, files) for f in ("-o", f"{o['name']}=@{file}")]
        seen = {}
        for threads in [1, 2, 3, 8] if args.device == "cpu" else [1, 1]:
            run("run", model, "--device", args.device, "--threads", threads, "-q", *inputs, *wanted)
            bits = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
            seen.setdefault(bits, []).append(threads)
        good = len(seen) == 1
        failed |= not good
        print(f"{name}: {'the same' if good else f'{len(seen)} different results, by threads {list(seen.values())}'}")
sys.exit(failed)
