"""Compiles whole models and counts what a run launches: no more than contractions, other folds and three.

    launches.py DLC WORK     models of $DLC_MODELS, or of shared/data/models beside the checkout, and a training step

Exit code 77: the models are not here.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys

MODELS = {"mnist_cntk": [], "mnist_bn": [], "resnet_cifar": [], "unet2d_nuclei": [], "face_rfb320": [],
          "vit_cifar": ["--shape", "input=1x3x32x32"]}
TRAINING = ["--shape", "x=128x784", "--loss", "softmax-cross-entropy", "--optimizer", "sgd,lr=0.01,momentum=0.9"]
MOST_OTHERS = 3

dlc, work = sys.argv[1], pathlib.Path(sys.argv[2])
root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
if not folder.is_dir():
    print(f"skipped: there is no folder {folder}")
    sys.exit(77)
work.mkdir(parents=True, exist_ok=True)
sources = {name: [str(folder / name / "model.onnx"), *options] for name, options in MODELS.items()}
sources["mlp, training"] = [str(root / "examples/mlp.mlir"), *TRAINING]

failed = False
for name, arguments in sources.items():
    image = work / "launches.dlx"
    subprocess.run([dlc, "compile", *arguments, "--target", "cpu:x86-64-v3,cuda:compute_80", "-o", str(image)], check=True,
                   stderr=subprocess.DEVNULL)
    report = json.loads(subprocess.run([dlc, "inspect", str(image), "--json"], stdout=subprocess.PIPE, check=True).stdout)
    image.unlink()
    for variant in report["variants"]:
        kinds = {k["name"]: k["kind"] for k in variant["kernels"]}
        launched = [s["kernel"] for s in variant["steps"] if s["kind"] in ("Launch", "Library")]
        copies = [s["kind"] for s in variant["steps"] if s["kind"] not in ("Launch", "Library")]
        count = collections.Counter(kinds[k] for k in launched)
        others = [k for k in launched if kinds[k] == "Other"] + copies
        print(f"{name}, {variant['target']}: {len(variant['steps'])} launches: {count['Contraction']} contractions + "
              f"{count['Reduction']} reductions + {len(others)} others: {' '.join(others)}")
        failed |= len(others) > MOST_OTHERS
if failed:
    print(f"more than {MOST_OTHERS} others")
sys.exit(failed)
