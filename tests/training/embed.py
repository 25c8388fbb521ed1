"""examples/train.c: an application trains with a compiled step; `dlc train` and it read each other's files.

    embed.py DLC TRAIN ROOT
"""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

dlc, program, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), pathlib.Path(sys.argv[3]).resolve()
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)


def run(*command, code=0):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == code, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stderr if code else done.stdout


def tensors(path):
    """name -> (type, shape, bytes), and the note."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    note = header.pop("__metadata__", {}).get("note")
    body = data[8 + length :]
    return {n: (e["dtype"], tuple(e["shape"]), body[slice(*e["data_offsets"])]) for n, e in header.items()}, note


with tempfile.TemporaryDirectory(prefix="dlc-embed-") as place:
    folder = pathlib.Path(place)
    kill_test.write_idx(folder, 200, random.Random(4))
    model, optimizer = root / "examples/mlp.mlir", ["--optimizer", "adamw,lr=0.001"]
    step, forward = folder / "step.dlx", folder / "model.dlx"
    loss = ["--loss", "softmax-cross-entropy", *optimizer, "--clip-norm", "1"]
    run(dlc, "compile", model, "--shape", "x=16x784", "--target", "cpu", *loss, "-o", step)
    run(dlc, "compile", model, "--shape", "x=16x784", "--target", "cpu", "--weights-as-state", "-o", forward)
    data = [folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"]
    test = [folder / "t10k-images-idx3-ubyte", folder / "t10k-labels-idx1-ubyte"]

    # It learns, and a run in two parts is the run in one, bit for bit.
    whole, parts = folder / "whole.safetensors", folder / "parts.safetensors"
    said = run(program, step, *data, 150, whole, forward)
    losses = [float(x) for x in re.findall(r"^step \d+: loss (\S+)$", said, re.MULTILINE)]
    assert len(losses) == 2 and losses[1] < 0.5 * losses[0], said
    assert float(re.search(r"recognised: (\S+)", said)[1]) > 0.95, said
    run(program, step, *data, 70, parts)
    assert f"goes on from {parts} after 70 steps" in run(program, step, *data, 80, parts)
    assert tensors(whole) == tensors(parts) and tensors(whole)[1] == "steps=150"
    names = {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}
    moments = {f"{name}.{part}" for name in names for part in ("mean", "square")}
    assert set(tensors(whole)[0]) == names | moments | {"train.step", "loss.sum"}, set(tensors(whole)[0])
    assert tensors(whole)[0]["train.step"] == ("I64", (), struct.pack("<q", 150))

    # dlc train begins with the application's weights ...
    train = [dlc, "train", model, "--data", f"idx:{folder}", "--batch", 16, "--device", "cpu", "--json"]
    begun = subprocess.run(list(map(str, [*train, *loss, "--init", whole, "--steps", 1, "--log-every", 1])), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    first = next(e for e in map(json.loads, begun.stdout.splitlines()) if e["event"] == "loss")
    assert first["loss"] < 2 * losses[1] and "begins anew" not in begun.stderr, (first, begun.stderr)

    # ... and the application with its checkpoint, state of the optimizer too.
    checkpoint = folder / "checkpoint.safetensors"
    events = [json.loads(line) for line in run(*train, *loss, "--epochs", 3, "--checkpoint", checkpoint).splitlines()]
    was = tensors(checkpoint)[0]
    said = run(program, step, *test, 0, checkpoint, forward)
    assert abs(float(re.search(r"recognised: (\S+)", said)[1]) - events[-1]["accuracy"]) < 1e-4, (said, events[-1])
    now, note = tensors(checkpoint)
    assert now == {name: was[name] for name in now} and set(now) == set(tensors(whole)[0]) and note == "steps=0"

    # Frozen weights are in the file, and others than the program's are refused.
    frozen = folder / "frozen.dlx"
    run(dlc, "compile", model, "--shape", "x=16x784", "--target", "cpu", *loss, "--freeze", "fc1.*", "-o", frozen)
    kept = folder / "kept.safetensors"
    run(program, frozen, *data, 5, kept)
    assert names <= set(tensors(kept)[0]) and "fc1.weight.mean" not in tensors(kept)[0]
    before = kept.read_bytes()
    kept.write_bytes(whole.read_bytes())
    said = run(program, frozen, *data, 5, kept, code=1)
    assert "'fc1.bias' has other values than here, where it is frozen" in said or "'fc1.weight' has other" in said, said
    kept.write_bytes(before)
    run(program, frozen, *data, 5, kept)

    # What stands in the way is told, and the file stays as it was.
    assert "usage:" in run(program, code=2)
    assert "not an IDX file" in run(program, step, step, data[1], 1, kept, code=1)
    assert "200 images and 64 labels" in run(program, step, data[0], test[1], 1, kept, code=1)
    assert "there is no input 'labels'" in run(program, forward, *data, 1, kept, code=1)
    whole.write_bytes(whole.read_bytes()[:-1])
    assert "whole.safetensors: no safetensors file, or a damaged one" in run(program, step, *data, 1, whole, code=1)
    assert "cannot be written" in run(program, step, *data, 1, folder / "none" / "w.safetensors", code=1)
print("an application trains as dlc train does")
