"""A run that was stopped and gone on with equals one that was not, bit for bit; what stops it says how to go on.

    resume.py DLC ROOT --device=cpu         exit code 77: there is no such device
"""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

dlc, root, device = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3].removeprefix("--device=")
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if device == "cuda" and there["auto"] != "cuda":
    print("skipped: no device cuda")
    sys.exit(77)
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
sys.dont_write_bytecode = True
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)
small = device != "cpu"


def run(*arguments, code=0):
    done = subprocess.run([dlc, "train", *map(str, arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def losses(events):
    return {(e["epoch"], e["step"]): e["loss"] for e in events if e["event"] == "loss"}


def same(a, b):
    (one, first), (other, second) = kill_test.read_tensors(a), kill_test.read_tensors(b)
    assert first.keys() == second.keys() and len(first) > 4, f"{a}, {b}: {sorted(first)} and {sorted(second)}"
    for name in first:
        assert first[name] == second[name], f"'{name}' differs between {a} and {b}"
    assert one["progress"] == other["progress"]


with tempfile.TemporaryDirectory(prefix="dlc-resume-") as place:
    folder = pathlib.Path(place)
    kill_test.write_idx(folder, 50 if small else 1000, random.Random(2))
    batch, middle = (8, 10) if small else (64, 20)
    basic = [root / "examples/mlp.mlir", "--data", f"idx:{folder}", "--epochs", 2, "--batch", batch, "--seed", 5]
    basic += ["--device", device, "--optimizer", "sgd,lr=0.02,momentum=0.9"]
    whole, broken = folder / "whole.safetensors", folder / "broken.safetensors"
    events, _ = run(*basic, "--log-every", 3, "--checkpoint", whole)
    assert [e["event"] for e in events].count("checkpoint") == 2, events

    # From a checkpoint in the middle of the second epoch, which a folder kept.
    kept = folder / "kept"
    run(*basic, "--log-every", 3, "--checkpoint", f"{kept}/", "--checkpoint-every", 1, "--checkpoint-keep", 0)
    steps = sorted(kept.iterdir())
    assert len(steps) == 2 * -(-(50 if small else 1000) // batch), steps
    same(steps[-1], whole)
    resumed, said = run("--resume", steps[middle - 1], "--checkpoint", broken)
    assert "otherwise" not in said, said
    same(broken, whole)
    all_losses = losses(events)
    for place_, loss in losses(resumed).items():
        assert loss == all_losses[place_], f"the loss at {place_} is {loss}, not {all_losses[place_]}"
    assert len(losses(resumed)) < len(all_losses) and resumed[-1]["accuracy"] == events[-1]["accuracy"]

    # The folder's newest; the folder keeps three.
    run(*basic, "--log-every", 3, "--checkpoint", f"{kept}/", "--checkpoint-every", 1)
    assert len(list(kept.iterdir())) == 3, list(kept.iterdir())
    resumed, _ = run("--resume", kept)
    assert resumed[-1]["accuracy"] == events[-1]["accuracy"] and not losses(resumed)

    # More epochs than before are no difference; another optimizer is told, with what was not used.
    longer, said = run("--resume", whole, "--epochs", 3, "--checkpoint", broken)
    assert "otherwise" not in said and {e["epoch"] for e in longer if e["event"] == "epoch"} == {3}, longer
    _, said = run("--resume", whole, "--epochs", 3, "--optimizer", "sgd,lr=0.5", "--checkpoint", broken)
    assert "--optimizer sgd,lr=0.5 (was sgd,lr=0.02,momentum=0.9)" in said, said
    assert "the checkpoint's 'fc1.weight.momentum' is not used" in said, said
    other, said = run("--resume", whole, "--epochs", 3, "--batch", 10, "--seed", 1, "--checkpoint", broken)
    assert f"--batch 10 (was {batch})" in said and "--seed 1 (was 5)" in said, said
    assert [e["epoch"] for e in other if e["event"] == "epoch"] == [3], other  # its epochs have other steps

    # A signal: the step is finished, a checkpoint is kept, the way on is said.
    endless = [*map(str, basic[:3]), "--epochs", "100000", "--batch", str(batch), "--device", device, "--json", "--log-every", "1"]
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen([dlc, "train", *endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        for line in process.stdout:
            if json.loads(line)["event"] == "loss":
                break
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
        assert process.returncode == code, (process.returncode, said)
        assert "dlc train --resume mlp.checkpoint.safetensors" in said, said
        description, _ = kill_test.read_tensors(folder / "mlp.checkpoint.safetensors")
        total = description["progress"]["total"]
        after, _ = run("--resume", folder / "mlp.checkpoint.safetensors", "--steps", total + 1, "--epochs", 100000)
        assert after[-1]["event"] == "done"

    # What stands in the way is named.
    other = folder / "other.mlir"
    other.write_text((root / "examples/mlp.mlir").read_text() + "\n// changed\n")
    _, said = run("--resume", whole, other, code=3)
    assert "another model" in said and "--init" in said, said
    kill_test.write_idx(folder, 2 * batch, random.Random(3))
    _, said = run("--resume", whole, code=3)
    assert "other data" in said and "samples" in said, said
    damaged = folder / "damaged.safetensors"
    damaged.write_bytes(whole.read_bytes()[:-1])
    _, said = run("--resume", damaged, code=3)
    assert "damaged.safetensors: no safetensors file, or a damaged one" in said, said

    # A model that changes while it is trained: its checkpoint is of what was loaded, and nothing is saved as what is there now. (Files are no device's: on one.)
    if not small:
        kill_test.write_idx(folder, 200, random.Random(3))
        changing = folder / "changing.mlir"
        text = (root / "examples/mlp.mlir").read_text()
        changing.write_text(text)
        process = subprocess.Popen([dlc, "train", str(changing), "--data", f"idx:{folder}", "--batch", "8", "--epochs", "1000", "--steps", "3000", "--json",
                                    "--log-every", "1", "--device", device, "--save", str(folder / "out.onnx")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        while json.loads(process.stdout.readline())["event"] != "loss":
            pass
        changing.write_text(text + "\n// changed\n") # the rest of what it says does not fit into the pipe
        _, said = process.communicate(timeout=300)
        assert process.returncode == 3 and "changing.mlir: has changed since training began" in said, said
        assert "what was trained is in changing.checkpoint.safetensors" in said and not (folder / "out.onnx").exists(), said
        _, said = run("--resume", folder / "changing.checkpoint.safetensors", changing, "--steps", 3001, code=3)
        assert "another model" in said, said
        changing.write_text(text)
        run("--resume", folder / "changing.checkpoint.safetensors", changing, "--steps", 3001)
        # To write over it oneself is no change.
        run(*basic[1:], changing, "--steps", 1, "--save", changing, "--save", folder / "again.onnx")
        _, said = run(*basic[1:], changing, "--steps", 1, "--save-best", changing, code=2)
        assert "is the model that is trained" in said, said

    # Weights alone, by name.
    init, said = run(*basic, "--init", whole, "--steps", 1, "--log-every", 1)
    fresh, _ = run(*basic, "--steps", 1, "--log-every", 1)
    assert init[1]["loss"] < fresh[1]["loss"], (init, fresh)
    _, said = run(*basic, "--init", whole, "--resume", whole, code=2)
    assert "give one of them" in said, said
print("resumed runs are the same bits")
