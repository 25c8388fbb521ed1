"""Ten steps of the 784-128-10 network on a device follow the CPU's losses to 1e-4 relative.

    follow.py DLC ROOT --device=sim         exit code 77: there is no such device, or no images
"""

import json
import os
import subprocess
import sys

dlc, root, device = sys.argv[1], sys.argv[2], sys.argv[3].removeprefix("--device=")
folder = "/usr/share/datasets/fashion-mnist"
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if not os.path.isdir(folder) or (device == "cuda" and there["auto"] != "cuda"):
    print(f"skipped: no folder {folder} (package dataset-fashion-mnist), or no device {device}")
    sys.exit(77)


def losses(device):
    command = [dlc, "train", f"{root}/examples/mlp.mlir", "--data", f"idx:{folder}", "--device", device, "--json"]
    command += ["--optimizer", "sgd,lr=0.01,momentum=0.9", "--batch", "128", "--steps", "10", "--log-every", "1"]
    events = [json.loads(line) for line in subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()]
    print(next(e["device"] for e in events if e["event"] == "start"))
    return [e["loss"] for e in events if e["event"] == "loss"]


expected, got = losses("cpu"), losses(device)
assert len(expected) == len(got) == 10, f"{len(expected)} and {len(got)} losses, expected 10 each"
for step, (want, have) in enumerate(zip(expected, got), 1):
    off = abs(have - want) / abs(want)
    print(f"step {step:2}: cpu {want:.7f}, {device} {have:.7f}, {off:.1e} apart")
    assert off <= 1e-4, f"step {step} is {off:.1e} apart, expected at most 1e-4"
assert expected[0] > expected[9], "the loss does not fall"
