"""lit: every .mlir and .test below this folder. One by hand: lit -v build/tests/passes/fuse.mlir

Tests name programs as people do (dlc, dlc-opt, FileCheck, not, split-file, count); they are found in build/bin and
LLVM's folder. Besides lit's own %s and %t: %examples, %S/.., %{fashion-mnist}, the folder of the images, and
%{onnx-testdata}, the folder of ONNX's test cases; %{onnx-encode}, which packs a model of protobuf text.
"""

import glob
import os

import lit.formats

config.name = "dlc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "data"]
config.test_source_root = os.path.join(config.source_root, "tests")
config.test_exec_root = os.path.join(config.build_root, "tests")

env = config.environment
env["PATH"] = os.pathsep.join([os.path.join(config.build_root, "bin"), config.llvm_bin, os.environ["PATH"]])
for name in ["HOME", "XDG_CACHE_HOME", "DLC_MODELS", "DLC_REQUIRE_NVRTC", "CUDA_HOME", "OMP_NUM_THREADS"]:
    if name in os.environ:
        env[name] = os.environ[name]
if config.sanitize:
    # The shared LLVM is not instrumented, which LeakSanitizer cannot tell from a leak.
    env["ASAN_OPTIONS"] = "detect_leaks=0"

onnx_testdata = "/usr/share/libonnx-testdata/data"
fashion_mnist = "/usr/share/datasets/fashion-mnist"
cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
venv_python = os.path.join(cache, "dlc", "venv", "bin", "python")

config.substitutions.append(("%examples", os.path.join(config.source_root, "examples")))
config.substitutions.append(("%{fashion-mnist}", fashion_mnist))
config.substitutions.append(("%{onnx-testdata}", onnx_testdata))
config.substitutions.append(("%{python}", venv_python))
onnx_proto = os.path.join(config.onnx_proto_dir, "onnx", "onnx.proto")
config.substitutions.append(("%{onnx-encode}", f"protoc --encode=onnx.ModelProto -I {config.onnx_proto_dir} {onnx_proto}"))

# `REQUIRES: nvrtc` skips where there is none, unless the whole point of the run is that nothing is skipped.
nvrtc = glob.glob(os.path.join(cache, "dlc", "nvrtc", "libnvrtc.so.1*"))
nvrtc += glob.glob("/usr/local/cuda*/lib*/libnvrtc.so.1*")
if nvrtc or os.environ.get("DLC_REQUIRE_NVRTC") == "1":
    config.available_features.add("nvrtc")
config.substitutions.append(("%{nvrtc}", nvrtc[0] if nvrtc else ""))
if os.path.isdir(fashion_mnist):
    config.available_features.add("fashion-mnist")
if os.path.isdir(onnx_testdata):
    config.available_features.add("onnx-testdata")
if os.path.exists(venv_python):
    config.available_features.add("python-onnx")
