"""kernels.py DLC ROOT [--all]: compiles programs on a machine with no GPU and looks at what came out.

For sm_80 and sm_90a; with --all, all models for every major architecture, where no kernel may spill registers.

77 (skipped) where there is no NVRTC, unless DLC_REQUIRE_NVRTC=1.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

dlc, root = sys.argv[1:3]
whole = sys.argv[3:] == ["--all"]
ARCHS = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90a", "sm_100", "sm_120"] if whole else ["sm_80", "sm_90a"]
programs = [
    ("mlp", f"{root}/examples/mlp.mlir", ["--shape", "x=128x784"]),
    ("mlp step", f"{root}/examples/mlp.mlir", ["--shape", "x=128x784", "--loss", "softmax-cross-entropy"]),
    ("mlp last step", f"{root}/examples/mlp.mlir", ["--shape", "x=96x784", "--loss", "softmax-cross-entropy"]),
    ("cnn", f"{root}/examples/cnn.mlir", ["--shape", "x=128x1x28x28"]),
    ("cnn step", f"{root}/examples/cnn.mlir", ["--shape", "x=128x1x28x28", "--loss", "softmax-cross-entropy"]),
]
models = pathlib.Path(os.environ.get("DLC_MODELS") or pathlib.Path(root).parent / "shared/data/models")
for name in ["mnist_cntk", "mnist_bn", "resnet_cifar"] + (["unet2d_nuclei", "face_rfb320", "vit_cifar"] if whole else []):
    if (models / name).is_dir():
        shape = ["--shape", "input=1x3x32x32"] if name == "vit_cifar" else []
        programs.append((name, str(models / name / "model.onnx"), shape))
    else:
        print(f"skipped: there is no {models / name}")


def compile(name, path, options):
    with tempfile.TemporaryDirectory() as folder:
        command = [dlc, "compile", path, "-o", f"{folder}/x.dlx", "--target", "all-major" if whole else ",".join(ARCHS), *options]
        done = subprocess.run([*command, "--dump-kernels", f"{folder}/kernels"], stderr=subprocess.PIPE, text=True)
        if done.returncode:
            if "nvrtc" in done.stderr.lower() and "not found" in done.stderr.lower():
                print(done.stderr)
                sys.exit(1 if os.environ.get("DLC_REQUIRE_NVRTC") == "1" else 77)
            raise SystemExit(f"{name}: exit code {done.returncode}\n{done.stderr}")
        kernels = pathlib.Path(folder) / "kernels"
        for ending in [".cu", *(f".{a}.ptx" for a in ARCHS), *(f".{a}.cubin" for a in ARCHS)]:
            assert any(str(f).endswith(ending) for f in kernels.rglob("*")), f"{name}: no *{ending} among the dumps"
        info = json.loads(subprocess.run([dlc, "inspect", f"{folder}/x.dlx", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    seen = {}
    for variant in info["variants"]:
        for kernel in variant["kernels"]:
            seen.setdefault(kernel["name"], {}).update(kernel["archs"])
    assert seen, f"{name}: no kernels"
    spills = 0
    for kernel, archs in seen.items():
        for arch in ARCHS:
            assert arch in archs, f"{name}: kernel {kernel} has no cubin for {arch}"
            assert 0 < archs[arch]["registers"] <= 255, f"{name}: {kernel} on {arch}: {archs[arch]}"
            if archs[arch]["spill_bytes"]:
                print(f"{name}: {kernel} spills {archs[arch]['spill_bytes']} bytes on {arch}")
                spills += 1
    print(f"{name}: {len(seen)} kernels, {spills} spill")
    return spills


spills = sum(compile(*program) for program in programs)
sys.exit(1 if whole and spills else 0)
