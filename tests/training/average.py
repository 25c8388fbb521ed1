"""`dlc train --average`: validation, the best model and the saved one are those of the moving average of the weights.

    average.py DLC ROOT --device=cpu         exit code 77: there is no such device
"""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

dlc, root, device = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3].removeprefix("--device=")
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if device == "cuda" and there["auto"] != "cuda":
    print("skipped: no device cuda")
    sys.exit(77)
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)

# A matrix behind a batch normalisation, whose running statistics have no average.
MODEL = """dlc.weight @w : tensor<3x4xf32> = #dlc.rule<"fan_in_uniform", [4.0]>
dlc.weight @scale : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bias : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @mean : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @variance : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
func.func @main(%x: tensor<?x4xf32, #dlc.dims<[batch, 4]>> {dlc.name = "x"}) -> (tensor<?x3xf32, #dlc.dims<[batch, 3]>> {dlc.name = "scores"}) {
  %w = dlc.get_weight @w : tensor<3x4xf32>
  %s = dlc.get_weight @scale : tensor<4xf32>
  %b = dlc.get_weight @bias : tensor<4xf32>
  %m = dlc.get_weight @mean : tensor<4xf32>
  %v = dlc.get_weight @variance : tensor<4xf32>
  %n = dlc.batch_norm %x, %s, %b, %m, %v epsilon = 1.0e-5 axis = 1 : tensor<?x4xf32, #dlc.dims<[batch, 4]>>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %0 = dlc.dot_general %n, %w batch = [] x [] contract = [1] x [1] : (tensor<?x4xf32, #dlc.dims<[batch, 4]>>, tensor<3x4xf32>) -> tensor<?x3xf32, #dlc.dims<[batch, 3]>> loc("fc")
  return %0 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
}
"""

with tempfile.TemporaryDirectory(prefix="dlc-average-") as place:
    folder, rng = pathlib.Path(place), random.Random(1)
    rows = []
    for _ in range(60):
        kind = rng.randrange(3)
        rows.append(",".join([f"{rng.gauss(3 + 2.0 * (kind == c), 0.5):.4f}" for c in range(4)] + [str(kind)]))
    (folder / "rows.csv").write_text("\n".join(rows) + "\n")
    (folder / "model.mlir").write_text(MODEL)

    def train(*arguments, code=0):
        command = [dlc, "train", folder / "model.mlir", "--data", f"csv:{folder}/rows.csv", "--validation-split", 0.3, "--batch", 7,
                   "--device", device, "--json", "--seed", 3, *arguments]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stderr}"
        return done.stderr if code else [json.loads(line) for line in done.stdout.splitlines()]

    def losses(events):
        return [e["validation_loss"] for e in events if e["event"] == "epoch"]

    def floats(data):
        return struct.unpack(f"<{len(data) // 4}f", data)

    average = ["--average", 0.8, "--optimizer", "sgd,lr=0.3", "--epochs", 4]
    state, model = folder / "state.safetensors", folder / "average.dlm"
    events = train(*average, "--checkpoint", state, "--save", model, "--save-best", folder / "best.dlm")
    by_average, accuracies = losses(events), [e["accuracy"] for e in events if e["event"] == "epoch"]
    by_weights = losses(train(*average, "--evaluate-with", "weights", "--save", folder / "weights.dlm"))
    plain = losses(train("--optimizer", "sgd,lr=0.3", "--epochs", 4))
    assert by_weights == plain, (by_weights, plain)
    assert all(abs(a - b) > 1e-4 for a, b in zip(by_average, by_weights)), (by_average, by_weights)

    # The average is that of the weights after each step, told by single steps: 42 samples are 6 of them an epoch.
    expected = None
    for step in range(1, 7):
        file = folder / f"{step}.safetensors"
        train(*average, "--steps", step, "--checkpoint", file)
        w = floats(kill_test.read_tensors(file)[1]["w"][2])
        expected = w if expected is None else [0.8 * a + 0.2 * b for a, b in zip(expected, w)]
    got = floats(kill_test.read_tensors(file)[1]["w.average"][2])
    assert all(abs(a - b) < 1e-6 for a, b in zip(got, expected)), (got, expected)

    # The saved model has the average, and is evaluated as it was: steps of length 0 leave it as it is.
    _, tensors = kill_test.read_tensors(state)
    assert {"w.average", "scale.average", "bias.average"} <= set(tensors) and "mean.average" not in tensors, sorted(tensors)
    kept = {}
    for name, source in (("average", model), ("best", folder / "best.dlm"), ("weights", folder / "weights.dlm")):
        done = subprocess.run([dlc, "convert", str(source), "-o", str(folder / f"{name}.mlir")], stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr
        file = folder / f"{name}.safetensors"
        subprocess.run([dlc, "train", str(source), "--data", f"csv:{folder}/rows.csv", "--validation-split", "0.3", "--batch", "7", "--json",
                        "--device", device, "--seed", "3", "--steps", "1", "--optimizer", "sgd,lr=0", "--checkpoint", str(file)],
                       stdout=subprocess.PIPE, check=True)
        kept[name] = kill_test.read_tensors(file)[1]
    best = folder / "best-epoch.safetensors"
    train(*average, "--steps", 6 * (accuracies.index(max(accuracies)) + 1), "--checkpoint", best)
    averages = kill_test.read_tensors(best)[1]
    for name in ("w", "scale", "bias"):
        assert kept["average"][name] == tensors[f"{name}.average"] and kept["best"][name] == averages[f"{name}.average"], name
        assert kept["weights"][name] == tensors[name] and kept["weights"][name] != kept["average"][name], name

    # It is judged by: what --stop-at looks at is the average's.
    limit = (by_average[1] + by_average[2]) / 2
    stopped = losses(train(*average, "--stop-at", f"loss={limit}"))
    assert stopped == by_average[:3], (stopped, by_average)

    # Resumed, it goes on bit for bit.
    half, again = folder / "half.safetensors", folder / "again.safetensors"
    train(*average, "--steps", 9, "--checkpoint", half)
    resumed = train("--resume", half, "--steps", 0, "--checkpoint", again)
    assert kill_test.read_tensors(again)[1] == tensors and losses(resumed)[-1] == by_average[-1]

    # What does not fit is told.
    assert "needs a moving average" in train("--evaluate-with", "average", code=2)
    assert "average" in train("--evaluate-with", "best", code=2)
    assert "--average" in train("--average", 1.5, code=2)
print("the average of the weights is evaluated and saved")
