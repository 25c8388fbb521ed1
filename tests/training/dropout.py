"""Dropout is there in steps of training and nowhere else, from the dialect and from ONNX files.

    dropout.py DLC ROOT --device=cpu         exit code 77: there is no such device
"""

import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zipfile

dlc, device = os.path.abspath(sys.argv[1]), sys.argv[3].removeprefix("--device=")
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if device == "cuda" and there["auto"] != "cuda":
    print("skipped: no device cuda")
    sys.exit(77)

ROWS = "tensor<?x8xf32, #dlc.dims<[batch, 8]>>"
SCORES = "tensor<?x3xf32, #dlc.dims<[batch, 3]>>"
MODEL = f"""dlc.weight @w : tensor<8x3xf32> = #dlc.rule<"fan_in_uniform", [8.0]>
func.func @main(%x: {ROWS} {{dlc.name = "x"}}) -> ({SCORES} {{dlc.name = "scores"}}) {{
  %w = dlc.get_weight @w : tensor<8x3xf32>
  DROPOUT
  %1 = dlc.dot_general %0, %w batch = [] x [] contract = [1] x [0] : ({ROWS}, tensor<8x3xf32>) -> {SCORES} loc("fc")
  return %1 : {SCORES}
}}
"""


def npy(kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + data


with tempfile.TemporaryDirectory(prefix="dlc-dropout-") as place:
    folder, rng = pathlib.Path(place), random.Random(4)
    values = [rng.gauss(0, 1) for _ in range(40 * 8)]
    kinds = [rng.randrange(3) for _ in range(40)]
    with zipfile.ZipFile(folder / "data.npz", "w") as file:  # trained and evaluated on the same samples
        for part in ("train", "test"):
            file.writestr(f"x_{part}.npy", npy("<f4", (40, 8), struct.pack("<320f", *values)))
            file.writestr(f"y_{part}.npy", npy("<i8", (40,), struct.pack("<40q", *kinds)))

    def dlc_run(*arguments):
        done = subprocess.run([dlc, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def losses(model, *arguments):
        """Of each epoch, while it is trained and evaluated; the weights stay."""
        told = dlc_run("train", model, "--data", "npz:data.npz", "--device", device, "--json", "--batch", 8, "--epochs", 2,
                       "--optimizer", "sgd,lr=0", "--init", "w.safetensors", *arguments)
        return [(e["loss"], e["validation_loss"]) for e in map(json.loads, told.splitlines()) if e["event"] == "epoch"]

    def write(name, line):
        (folder / name).write_text(MODEL.replace("DROPOUT", line))

    write("plain.mlir", f"%0 = dlc.relu %x : {ROWS}")
    write("off.mlir", f"%r = dlc.relu %x : {ROWS}\n  %0 = dlc.dropout %r ratio = 0.0 seed = 0 id = 3 : {ROWS}")
    write("half.mlir", f"%r = dlc.relu %x : {ROWS}\n  %0 = dlc.dropout %r ratio = 5.0e-01 seed = 0 id = 3 : {ROWS} loc(\"drop\")")
    write("always.mlir", f"%r = dlc.relu %x : {ROWS}\n  %0 = dlc.dropout %r ratio = 5.0e-01 seed = 0 id = 3 always : {ROWS} loc(\"drop\")")
    dlc_run("train", "plain.mlir", "--data", "npz:data.npz", "--device", device, "--batch", 8, "--epochs", 1, "--optimizer", "sgd,lr=0",
            "--checkpoint", "w.safetensors")

    def near(a, b):
        return abs(a - b) < 1e-5

    plain = losses("plain.mlir")
    clean = plain[0][1]
    assert near(plain[0][0], clean) and losses("off.mlir") == plain, (plain, losses("off.mlir"))

    half = losses("half.mlir")
    assert all(near(evaluated, clean) and abs(trained - clean) > 1e-3 for trained, evaluated in half), half
    assert abs(half[0][0] - half[1][0]) > 1e-4, f"two epochs with the same masks: {half}"
    assert losses("half.mlir") == half, "the same seed, other numbers"
    other = losses("half.mlir", "--seed", 1)  # another order, too, which alone changes nothing here but the last bits
    assert abs(other[0][0] - half[0][0]) > 1e-4 and near(other[0][1], clean), (other, half)
    parts = losses("half.mlir", "--accumulate", 2)
    assert all(near(evaluated, clean) and abs(trained - clean) > 1e-3 for trained, evaluated in parts), parts
    # What drops in a forward model, too, does not while it is evaluated.
    assert all(near(evaluated, clean) for _, evaluated in losses("always.mlir")), losses("always.mlir")

    def scores(model):
        dlc_run("run", model, "--device", device, "-i", "x=1x8xf32=1", "--json", "-o", "scores.npy")
        return (folder / "scores.npy").read_bytes()

    dlc_run("convert", "half.mlir", "-o", "half.onnx")
    dlc_run("convert", "half.mlir", "-o", "half.dlm")
    assert b"Dropout" in (folder / "half.onnx").read_bytes()
    assert scores("half.mlir") == scores("half.onnx") == scores("half.dlm") == scores("plain.mlir")
    assert scores("always.mlir") != scores("plain.mlir")

    # From ONNX and back: the node is there in steps alone.
    for model in ("half.onnx", "half.dlm"):
        trained = losses(model, "--save", "out.onnx", "--save", "out.dlm")
        assert all(near(evaluated, clean) and abs(loss - clean) > 1e-3 for loss, evaluated in trained), (model, trained)
        assert b"Dropout" in (folder / "out.onnx").read_bytes()
        for saved in ("out.onnx", "out.dlm"):
            assert losses(saved)[0][1] == trained[0][1] and abs(losses(saved)[0][0] - clean) > 1e-3, saved
print("dropout is what it should be")
