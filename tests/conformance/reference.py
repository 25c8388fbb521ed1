"""Operators as ONNX's reference implementation computes them: what libonnx-testdata does not cover.

    reference.py DLC --device=cpu      Resize in every mode, coordinate transformation and rounding, up and down, by
                                       scales and sizes; transforms, windows, arc functions, RoiAlign,
                                       dynamic quantisation
    reference.py DLC --keep=DIR ...    leaves the cases there

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

import device

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
F32, F16, U8 = np.float32, np.float16, np.uint8


def resizes():
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


def cases():
    """Name, opset, operator, inputs (a number or a list is a constant of the model), attributes."""
    for name, shape, kind, to, attributes in resizes():
        rng = np.random.default_rng(len(name))
        x = rng.integers(0, 255, shape).astype(kind) if kind == U8 else rng.standard_normal(shape).astype(kind)
        sizes = all(isinstance(t, int) for t in to)
        yield "resize_" + name, 19, "Resize", [x, None, None, to] if sizes else [x, None, to], attributes
    rng = np.random.default_rng(1)
    for kind in [np.float32, np.float64, np.float16]:
        x = np.concatenate([rng.uniform(-1, 1, 50), [-1, 0, 1, -0.5, 1e-3, 0.9999]]).astype(kind)
        yield f"asin_{kind.__name__}", 13, "Asin", [x], {}
        yield f"acos_{kind.__name__}", 13, "Acos", [x], {}
        large = np.concatenate([10 * rng.standard_normal(50), [0, 1, -1, 1e4, -1e4, np.inf, -np.inf, np.nan]]).astype(kind)
        yield f"atan_{kind.__name__}", 13, "Atan", [large], {}
    for op, size, periodic in itertools.product(["HannWindow", "HammingWindow", "BlackmanWindow"], [1, 8, 25], [0, 1]):
        if size > 1 or periodic:  # the reference divides by zero there
            yield f"{op}_{size}_{periodic}", 17, op, [size], dict(periodic=periodic)
    real, pairs = rng.standard_normal((2, 10, 3, 1)).astype(F32), rng.standard_normal((2, 10, 3, 2)).astype(F32)
    for opset, (name, x) in itertools.product([17, 20], {"real": real, "complex": pairs}.items()):
        for axis, more in itertools.product([1, 2], [{}, {"inverse": 1}, {"onesided": 1}]):
            if name == "complex" and "onesided" in more:
                continue
            given = dict(axis=axis, **more) if opset < 20 else more
            inputs = [x] if opset < 20 else [x, None, axis]
            yield f"dft{opset}_{name}_{axis}_{''.join(more)}", opset, "DFT", inputs, given
    for length in [7, 16]:
        yield f"dft_length_{length}", 17, "DFT", [real, length], dict(axis=1)
    signal = rng.standard_normal((2, 64, 1)).astype(F32)
    window = rng.uniform(0, 1, 16).astype(F32)
    for one in [0, 1]:
        yield f"stft_{one}", 17, "STFT", [signal, 8, None, 16], dict(onesided=one)
        yield f"stft_window_{one}", 17, "STFT", [signal, 5, window, 16], dict(onesided=one)
        yield f"stft_flat_{one}", 17, "STFT", [signal[:, :, 0], 5, window, 16], dict(onesided=one)
    # So many that comparing all with all, or computing every sum anew, would not end.
    for reverse, exclusive in [(0, 0), (1, 0), (0, 1)]:
        long = rng.integers(-5, 5, (3, 5000)).astype(F32)
        yield f"cumsum_{reverse}_{exclusive}", 14, "CumSum", [long, 1], dict(reverse=reverse, exclusive=exclusive)
    many, few = rng.integers(-9, 9, (3000, 7)).astype(F32), rng.integers(1, 3, (3000, 7)).astype(F32)
    for how in ["add", "max", "min"]:
        rows = rng.integers(-400, 400, (3000, 7))
        table = rng.integers(-9, 9, (400, 7)).astype(F32)
        yield f"scatter_elements_{how}", 18, "ScatterElements", [table, rows, many], dict(axis=0, reduction=how)
        pairs = np.stack([rng.integers(0, 40, 3000), rng.integers(0, 30, 3000)], 1)
        cube = rng.integers(-9, 9, (40, 30, 7)).astype(F32)
        yield f"scatter_nd_{how}", 18, "ScatterND", [cube, pairs, many], dict(reduction=how)
    single = rng.permutation(5000)[:3000]
    yield "scatter_nd", 18, "ScatterND", [np.zeros((5000, 7), F32), single[:, None], many], {}
    yield "scatter_nd_mul", 18, "ScatterND", [np.ones((900, 7), F32), (single % 900)[:, None], few], dict(reduction="mul")
    yield "scatter_i64", 18, "ScatterElements", [np.zeros(900, np.int64), single % 900, single], dict(reduction="max")
    rois = np.array([[0, 0, 9, 9], [1.5, 2.2, 6.1, 9.7], [-3, -2, 4, 5], [4, 4, 4.3, 4.2], [5, 5, 12, 14]], F32)
    for images, (mode, opset) in itertools.product([1, 3], [("half_pixel", 16), ("output_half_pixel", 16), (None, 16), (None, 10)]):
        x, own = rng.standard_normal((images, 2, 10, 10)).astype(F32), np.array([0, 1, 2, 0, 1]) % images
        attributes = dict(output_height=3, output_width=4, sampling_ratio=2, spatial_scale=0.9, mode="avg")
        if mode:
            attributes["coordinate_transformation_mode"] = mode
        yield f"roialign{opset}_{mode}_{images}", opset, "RoiAlign", [x, rois, own], attributes
    # Halves between two steps, whose scale is another number when it is multiplied by 1/255: which way they go shows it.
    for high in [0.47, 1.7, 11.87]:
        scale = F32(high) / F32(255)
        steps = (np.arange(255, dtype=F32) + F32(0.5)) * scale
        yield f"dynamicquantizelinear_{high}", 11, "DynamicQuantizeLinear", [np.append(steps[steps < high], F32(high))], {}


def write(folder, name, opset, op, inputs, attributes):
    names, initializers, values = [], [], {}
    for i, value in enumerate(inputs):
        names.append("" if value is None else f"x{i}")
        if isinstance(value, np.ndarray):
            values[f"x{i}"] = value
        elif value is not None:
            exact = all(isinstance(v, int) for v in np.atleast_1d(np.array(value, object)))
            initializers.append(numpy_helper.from_array(np.array(value, np.int64 if exact else F32), f"x{i}"))
    outputs = ["y", "scale", "zero"] if op == "DynamicQuantizeLinear" else ["y"]
    node = helper.make_node(op, names, outputs, name="it", **attributes)
    def model_of(node, opset):
        graph = helper.make_graph(
            [node], "reference",
            [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in values.items()],
            [helper.make_tensor_value_info("y", TensorProto.UNDEFINED, None)], initializers)  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)

    model = asked = model_of(node, opset)
    if op == "RoiAlign" and opset < 16:  # which the reference reads as if it were of opset 16
        old = helper.make_node(op, names, ["y"], coordinate_transformation_mode="output_half_pixel", **attributes)
        asked = model_of(old, 16)
    with np.errstate(all="ignore"):
        # The reference wants the dimension of parts, which ONNX Runtime does without.
        flat = op == "STFT" and inputs[0].ndim == 2
        y = ReferenceEvaluator(asked).run(None, {**values, "x0": values["x0"][:, :, None]} if flat else values)[0]
    if op == "Resize":
        y = y.astype(inputs[0].dtype)
    case = folder / name / "test_data_set_0"
    case.mkdir(parents=True)
    onnx.save(model, folder / name / "model.onnx")
    for i, (n, v) in enumerate(values.items()):
        (case / f"input_{i}.pb").write_bytes(numpy_helper.from_array(v, n).SerializeToString())
    (case / "output_0.pb").write_bytes(numpy_helper.from_array(np.asarray(y), "y").SerializeToString())


parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--device", default="cpu")
parser.add_argument("--keep", type=pathlib.Path)
flags = parser.parse_args()
device.require(flags.dlc, flags.device)
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
