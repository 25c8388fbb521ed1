"""Five seeds of the 784-128-10 network on Fashion-MNIST: accuracy, time, and that a seed decides every bit.

The bounds on accuracy are the project's; the time is for reading.
"""

import json
import os
import subprocess
import sys
import time

dlc, root = sys.argv[1:3]
folder = "/usr/share/datasets/fashion-mnist"
if not os.path.isdir(folder):
    print(f"skipped: there is no folder {folder} (package dataset-fashion-mnist)")
    sys.exit(77)


def train(seed):
    start = time.perf_counter()
    command = [dlc, "train", f"{root}/examples/mlp.mlir", "--data", f"idx:{folder}", "--loss", "softmax-cross-entropy"]
    command += ["--optimizer", "sgd,lr=0.01,momentum=0.9", "--batch", "128", "--epochs", "5", "--seed", str(seed)]
    out = subprocess.run([*command, "--device=cpu", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds = time.perf_counter() - start
    events = [json.loads(line) for line in out.splitlines()]
    epochs = [e for e in events if e["event"] == "epoch"]
    print(f"seed {seed}: accuracy {epochs[-1]['accuracy']:.4f}, {seconds:.2f} s, {epochs[-1]['step_ms']:.3f} ms a step")
    return epochs[-1]["accuracy"], seconds, [e["loss"] for e in events if e["event"] == "loss"]


runs = [train(seed) for seed in range(5)]
accuracies = [r[0] for r in runs]
mean, fastest = sum(accuracies) / 5, min(r[1] for r in runs)
print(f"mean accuracy {mean:.4f}, fastest run {fastest:.2f} s")
assert mean >= 0.858, f"mean accuracy {mean:.4f}, expected at least 0.858"
assert min(accuracies) >= 0.84, f"accuracy {min(accuracies):.4f}, expected at least 0.84"
assert len({tuple(r[2]) for r in runs}) == 5, "different seeds gave the same losses"
assert train(0)[2] == runs[0][2], "the same seed gave other losses"
