"""Resize as ONNX's reference implementation computes it: what libonnx-testdata, of opset 13, does not cover.

    resize.py DLC --device=cpu      every mode, coordinate transformation and rounding, up and down, by scales and sizes
    resize.py DLC --keep=DIR ...    leaves the cases there

Writes a folder of ONNX test cases, whose expected outputs come from onnx.reference, and runs `dlc conformance` on it.
Exit code 77: the onnx package is not here, or the device is not.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx.reference import ReferenceEvaluator
except ImportError:
    print("skipped: no onnx package in this Python (tools/setup installs one)")
    sys.exit(77)

COORDINATES = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]
F32, F16, U8 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8


def cases():
    """Name, shape of the input, type, scales or sizes, attributes."""
    both = {"up": [1.0, 1.0, 2.0, 3.0], "down": [1.0, 1.0, 0.6, 0.5], "odd": [1.0, 1.0, 1.7, 0.8], "sizes": [1, 2, 7, 3]}
    for mode, c, (what, to) in itertools.product(["linear", "cubic"], COORDINATES, both.items()):
        yield f"{mode}_{c}_{what}", (1, 2, 4, 5), F32, to, dict(mode=mode, coordinate_transformation_mode=c)
    for r, c, (what, to) in itertools.product(ROUNDINGS, COORDINATES, both.items()):
        yield f"nearest_{r}_{c}_{what}", (1, 2, 4, 5), F32, to, dict(mode="nearest", nearest_mode=r, coordinate_transformation_mode=c)
    for mode, what in itertools.product(["linear", "cubic"], ["down", "odd"]):
        yield f"{mode}_antialias_{what}", (1, 1, 8, 9), F32, both[what], dict(mode=mode, antialias=1)
    # Any rank, any axes: the signal, the volume, channels and batch resized with the rest.
    yield "linear_1d", (7,), F32, [2.0], dict(mode="linear")
    yield "linear_rank3", (1, 2, 9), F32, [1.0, 1.0, 2.5], dict(mode="linear")
    yield "linear_rank5", (1, 2, 3, 4, 5), F32, [1.0, 1.0, 2.0, 1.5, 0.6], dict(mode="linear")
    yield "nearest_rank5", (1, 2, 3, 4, 5), F32, [1, 2, 6, 3, 10], dict(mode="nearest")
    yield "linear_channels", (2, 3, 4, 5), F32, [1.5, 2.0, 2.0, 2.0], dict(mode="linear")
    yield "linear_axes", (1, 2, 4, 5), F32, [9, 8], dict(mode="linear", axes=[1, 3])
    yield "nearest_axes", (1, 2, 4, 5), F32, [2.0, 3.0], dict(mode="nearest", axes=[2, 3])
    for policy in ["not_larger", "not_smaller"]:
        yield f"linear_{policy}", (1, 1, 4, 6), F32, [7, 9], dict(mode="linear", axes=[2, 3], keep_aspect_ratio_policy=policy)
        yield f"nearest_{policy}", (1, 1, 4, 6), F32, [7, 9], dict(mode="nearest", axes=[2, 3], keep_aspect_ratio_policy=policy)
    yield "linear_same", (1, 2, 4, 5), F32, [1.0, 1.0, 1.0, 1.0], dict(mode="linear")
    yield "nearest_one", (1, 2, 1, 1), F32, [1, 2, 5, 5], dict(mode="nearest")
    yield "linear_to_one", (1, 2, 4, 5), F32, [1, 2, 1, 1], dict(mode="linear")
    yield "linear_f16", (1, 2, 4, 5), F16, [1.0, 1.0, 2.0, 2.0], dict(mode="linear")
    yield "nearest_u8", (1, 3, 4, 5), U8, [1.0, 1.0, 2.0, 2.0], dict(mode="nearest")
    yield "linear_exclude_outside", (1, 1, 4, 5), F32, [1.0, 1.0, 2.0, 2.0], dict(mode="linear", exclude_outside=1)
    yield "cubic_exclude_outside", (1, 1, 4, 5), F32, [1.0, 1.0, 2.0, 2.0], dict(mode="cubic", exclude_outside=1, cubic_coeff_a=-0.5)


def write(folder, name, shape, kind, to, attributes):
    sizes = all(isinstance(t, int) for t in to)
    given = numpy_helper.from_array(np.array(to, np.int64 if sizes else np.float32), "to")
    node = helper.make_node("Resize", ["x", "", "", "to"] if sizes else ["x", "", "to"], ["y"], name="resize", **attributes)
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    rng = np.random.default_rng(len(name))
    x = rng.integers(0, 255, shape).astype(dtype) if kind == U8 else rng.standard_normal(shape).astype(dtype)
    graph = helper.make_graph([node], "resize", [helper.make_tensor_value_info("x", kind, shape)],
                              [helper.make_tensor_value_info("y", kind, None)], [given])  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    y = ReferenceEvaluator(model).run(None, {"x": x})[0].astype(dtype)
    case = folder / name / "test_data_set_0"
    case.mkdir(parents=True)
    onnx.save(model, folder / name / "model.onnx")
    (case / "input_0.pb").write_bytes(numpy_helper.from_array(x, "x").SerializeToString())
    (case / "output_0.pb").write_bytes(numpy_helper.from_array(y, "y").SerializeToString())


parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--device", default="cpu")
parser.add_argument("--keep", type=pathlib.Path)
flags = parser.parse_args()
if flags.device == "cuda":
    there = json.loads(subprocess.run([flags.dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    if there["auto"] != "cuda":
        print("skipped: there is no GPU here")
        sys.exit(77)
with tempfile.TemporaryDirectory() as name:
    folder = flags.keep or pathlib.Path(name)
    count = 0
    for case in cases():
        write(folder, *case)
        count += 1
    process = subprocess.run([flags.dlc, "conformance", str(folder), "--device=" + flags.device, "--json"], stdout=subprocess.PIPE, text=True)
    report = json.loads(process.stdout)
bad = [r for r in report["results"] if r["status"] != "passed"]
for r in bad:
    print(f"{r['name']}: {r['status']}: {r['reason']}")
print(f"{report['passed']} of {count} cases passed on {flags.device}")
sys.exit(0 if not bad and report["passed"] == count else 1)
