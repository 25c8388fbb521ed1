"""Running statistics of a batch normalisation that looks at its batch (ONNX's training_mode=1): they follow the batches, are
state of the step, and stand in the saved model, whatever format it goes through.

    running.py DLC ROOT
"""

import importlib.machinery
import importlib.util
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

dlc, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)

X = "tensor<?x2xf32, #dlc.dims<[batch, 2]>>"
MODEL = f"""dlc.weight @w : tensor<3x2xf32> = #dlc.rule<"fan_in_uniform", [2.0]>
dlc.weight @scale : tensor<2xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bias : tensor<2xf32> = #dlc.rule<"zeros">
dlc.weight frozen @mean : tensor<2xf32> = #dlc.rule<"zeros">
dlc.weight frozen @variance : tensor<2xf32> = #dlc.rule<"constant", [1.0]>
func.func @main(%x: {X} {{dlc.name = "x"}}) -> (tensor<?x3xf32, #dlc.dims<[batch, 3]>> {{dlc.name = "scores"}}) {{
  %w = dlc.get_weight @w : tensor<3x2xf32>
  %s = dlc.get_weight @scale : tensor<2xf32>
  %b = dlc.get_weight @bias : tensor<2xf32>
  %n, %m, %v = dlc.batch_norm_training %x, %s, %b epsilon = 1.0e-5 axis = 1
      {{dlc.follower1 = @mean, dlc.keep1 = 0.8 : f64, dlc.follower2 = @variance, dlc.keep2 = 0.8 : f64}} : {X}, tensor<2xf32>
  %0 = dlc.dot_general %n, %w batch = [] x [] contract = [1] x [1] : ({X}, tensor<3x2xf32>) -> tensor<?x3xf32, #dlc.dims<[batch, 3]>>
  return %0 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
}}
"""

with tempfile.TemporaryDirectory(prefix="dlc-statistics-") as place:
    folder, rng = pathlib.Path(place), random.Random(5)
    rows = [[round(rng.gauss(4, 2), 3), round(rng.gauss(-1, 0.5), 3)] for _ in range(12)]
    for name in ("rows", "test"):
        (folder / f"{name}.csv").write_text("".join(f"{a},{b},{i % 3}\n" for i, (a, b) in enumerate(rows)))
    mean = [sum(r[c] for r in rows) / 12 for c in (0, 1)]
    variance = [sum((r[c] - mean[c]) ** 2 for r in rows) / 12 for c in (0, 1)]

    def run(*command):
        done = subprocess.run([dlc, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def train(model, steps, save, batch=12):
        state = folder / "state.safetensors"
        run("train", model, "--data", f"csv:{folder}/rows.csv,test={folder}/test.csv", "--batch", batch, "--epochs", steps, "--device", "cpu",
            "--optimizer", "sgd,lr=0.01", "--checkpoint", state, "--save", save)
        tensors = kill_test.read_tensors(state)[1]
        return [struct.unpack("<2f", tensors[name][2]) for name in ("mean", "variance")]

    def check(got, steps, what):
        part = 0.8**steps
        for c in (0, 1):
            for value, expected in ((got[0][c], (1 - part) * mean[c]), (got[1][c], part + (1 - part) * variance[c])):
                assert abs(value - expected) < 1e-5 * max(1, abs(expected)), f"{what}: {got}, expected {expected}"

    model = folder / "model.mlir"
    model.write_text(MODEL)
    check(train(model, 3, folder / "three.dlm"), 3, "three steps")
    # Through .dlm, text and ONNX the weights and what they follow stay.
    run("convert", folder / "three.dlm", "-o", folder / "three.mlir")
    assert (folder / "three.mlir").read_text().count("dlc.follower") == 2
    check(train(folder / "three.dlm", 2, folder / "five.onnx"), 5, "a .dlm trained on")
    check(train(folder / "five.onnx", 1, folder / "six.onnx"), 6, "an ONNX file trained on")
    check(train(folder / "six.onnx", 4, folder / "ten.dlm"), 10, "its batch stays open")

    # A forward program has neither the weights nor anything that follows.
    run("compile", folder / "ten.dlm", "--shape", "x=3x2", "-o", folder / "ten.dlx")
    said = subprocess.run([dlc, "inspect", str(folder / "ten.dlx")], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "weight  w:" in said and "variance" not in said, said
print("running statistics follow and are kept")
