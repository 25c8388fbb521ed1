"""Fine-tuning of an ONNX file that was exported for one image: mnist_bn learns to tell clothes apart.

    finetune.py DLC MODELS REFERENCES --device=cpu      exit code 77: there is no such device, model or data

Its losses on a batch of eight are those of references/finetune.json; what is saved keeps the file's names.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

dlc, models, references, device = os.path.abspath(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4].removeprefix("--device=")
model = pathlib.Path(os.environ.get("DLC_MODELS", models)) / "mnist_bn/model.onnx"
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if not model.exists() or (device == "cuda" and there["auto"] != "cuda"):
    print(f"skipped: no file {model} (DLC_MODELS says where models are), or no device {device}")
    sys.exit(77)


def events(*arguments):
    command = [dlc, *map(str, arguments), "--device", device, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}: {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def noise(count):
    """Of step 0, as networks.py has it."""
    for i in range(count):
        bits = (i * 2654435761 + 12345) & 0xFFFFFFFF
        bits = ((bits ^ (bits >> 15)) * 2246822519) & 0xFFFFFFFF
        yield (bits >> 8) * 2.0**-23 - 1


def npy(kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + data


with tempfile.TemporaryDirectory(prefix="dlc-finetune-") as place:
    folder = pathlib.Path(place)
    x = npy("<f4", (8, 1, 28, 28), struct.pack(f"<{8 * 784}f", *noise(8 * 784)))
    y = npy("<i4", (8,), struct.pack("<8i", *(i * 7 % 10 for i in range(8))))
    with zipfile.ZipFile(folder / "batch.npz", "w") as archive:
        for part in ("train", "test"):
            archive.writestr(f"x_{part}.npy", x)
            archive.writestr(f"labels_{part}.npy", y)
    expected = json.loads((references / "finetune.json").read_text())
    told = events("train", model, "--data", f"npz:{folder}/batch.npz", "--batch", 8, "--epochs", 10, "--log-every", 1,
                  "--optimizer", expected["optimizer"], "--save", folder / "tuned.onnx")
    losses = [e["loss"] for e in told if e["event"] == "loss"]
    assert len(losses) == len(expected["losses"]) == 10, losses
    for step, (want, have) in enumerate(zip(expected["losses"], losses), 1):
        assert abs(have / want - 1) <= 1e-4, f"step {step}: {have}, PyTorch {want}"
    said = told[-1]["validation_loss"]

    # The saved file takes one image, as the first did, under the same names; of the batch its scores are those of training.
    before, after = (json.loads(subprocess.run([dlc, "check", f, "--json"], stdout=subprocess.PIPE, text=True).stdout)
                     for f in (model, folder / "tuned.onnx"))
    assert before["inputs"] == after["inputs"] and before["outputs"] == after["outputs"], (before, after)
    total = 0.0
    for i in range(8):
        (folder / "one.npy").write_bytes(npy("<f4", (1, 1, 28, 28), x[128 + i * 3136 : 128 + (i + 1) * 3136]))
        scores = events("run", folder / "tuned.onnx", "-i", f"@{folder}/one.npy")[0]["outputs"][0]["values"]
        total -= scores[i * 7 % 10] / 8  # the model ends in log-softmax
    assert abs(total / said - 1) <= 1e-4, (total, said)

    # In earnest, but shortly.
    images = "/usr/share/datasets/fashion-mnist"
    if device == "cpu" and os.path.isdir(images):
        told = events("train", model, "--data", f"idx:{images}", "--batch", 128, "--steps", 60, "--optimizer", "adamw,lr=0.002",
                      "--save", folder / "clothes.onnx")
        assert told[-1]["accuracy"] > 0.75, told[-1]
        print(f"60 steps on Fashion-MNIST: accuracy {told[-1]['accuracy']:.3f}")
print(f"ten steps follow PyTorch on {device}; the saved file has the same names")
