"""Compiles whole models and a training step: no arena is more than 1.05 times what lives in it at one time.

    memory.py DLC     models of $DLC_MODELS, or of shared/data/models beside the checkout; the training step always

Exit code 77: the training step holds, but the models are not here.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

MODELS = {"mnist_cntk": [], "mnist_bn": [], "resnet_cifar": [], "unet2d_nuclei": [], "face_rfb320": [],
          "vit_cifar": ["--shape", "input=1x3x32x32"]}
TRAINING = ["--shape", "x=128x784", "--loss", "softmax-cross-entropy", "--optimizer", "sgd,lr=0.01,momentum=0.9"]
TARGETS = ["cpu:x86-64-v3", "cuda:compute_80"]
MOST = 1.05

dlc = sys.argv[1]
root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
sources = {"mlp, training": [str(root / "examples/mlp.mlir"), *TRAINING]}
if folder.is_dir():
    sources.update({name: [str(folder / name / "model.onnx"), *options] for name, options in MODELS.items()})

failed = False
with tempfile.TemporaryDirectory() as work:
    for name, arguments in sources.items():
        image = pathlib.Path(work) / "model.dlx"
        subprocess.run([dlc, "compile", *arguments, "--target", ",".join(TARGETS), "-o", str(image)], check=True,
                       stderr=subprocess.DEVNULL)
        shown = subprocess.run([dlc, "inspect", str(image), "--json"], stdout=subprocess.PIPE, check=True).stdout
        variants = json.loads(shown)["variants"]
        if len(variants) != len(TARGETS):
            print(f"{name}: {len(variants)} variants, expected {len(TARGETS)}")
            failed = True
        for variant in variants:
            arena, peak = variant["arena_bytes"], variant["peak_bytes"]
            holds = 0 < peak <= arena <= MOST * peak and max(variant["live_bytes"]) == peak
            failed |= not holds
            print(f"{name}, {variant['target']}: arena {arena} = {arena / max(1, peak):.4f} times the peak of {peak}"
                  f"{'' if holds else f': expected at most {MOST} times'}")
if not failed and not folder.is_dir():
    print(f"skipped: there is no folder {folder}")
    sys.exit(77)
sys.exit(failed)
