"""identical.py DLC ROOT [PROGRAM...]: an executable depends on its model and targets alone.

Compiles every program for the CPU and, as PTX, for GPUs: again from another folder with one thread and no kernel cache,
and again from the dump of every stage. All must be the same bytes. 77 (skipped) where there is no NVRTC, unless DLC_REQUIRE_NVRTC=1.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

dlc, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
models = pathlib.Path(os.environ.get("DLC_MODELS") or root.parent / "shared/data/models")
TARGETS = ["cpu:x86-64-v3", "sim"]
programs = {
    "mlp": (root / "examples/mlp.mlir", ["--shape", "x=64x784"]),
    "mlp step": (root / "examples/mlp.mlir", ["--shape", "x=64x784", "--loss", "softmax-cross-entropy"]),
}
for name in ["mnist_cntk", "mnist_bn", "resnet_cifar", "unet2d_nuclei", "face_rfb320", "vit_cifar"]:
    programs[name] = (models / name / "model.onnx", ["--shape", "input=1x3x32x32"] if name == "vit_cifar" else [])
chosen = sys.argv[3:] or list(programs)


def compile(model, output, options, **how):
    prefix = how.pop("prefix", [])
    done = subprocess.run([*prefix, dlc, "compile", str(model), "-o", str(output), *options], stderr=subprocess.PIPE, text=True, **how)
    if done.returncode:
        if "NVRTC not found" in done.stderr:
            print(done.stderr)
            sys.exit(1 if os.environ.get("DLC_REQUIRE_NVRTC") == "1" else 77)
        raise SystemExit(f"{model}: exit code {done.returncode}\n{done.stderr}")
    return pathlib.Path(output).read_bytes()


def difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"{len(a)} and {len(b)} bytes, first at {at}"


def check(name, folder):
    model, options = programs[name]
    failures = []

    def same(expected, got, what):
        if expected != got:
            failures.append(f"{name}: {what} gives another executable: {difference(expected, got)}")

    stages = folder / "stages"
    both = ["--target", ",".join(TARGETS)]
    whole = compile(model, folder / "a.dlx", [*options, *both, "--dump-stages", str(stages)])

    elsewhere = folder / "some/where/else"
    elsewhere.mkdir(parents=True)
    for file in model.parent.iterdir() if model.suffix == ".onnx" else [model]:
        if file.is_file():
            shutil.copy(file, elsewhere)
    one = str(min(os.sched_getaffinity(0)))
    alone = ["taskset", "-c", one] if shutil.which("taskset") else []
    cold = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder / "cache")}
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "dlc/nvrtc"
    if cache.is_dir():
        cold.setdefault("DLC_NVRTC", str(cache))
    again = compile(model.name, elsewhere / "b.dlx", [*options, *both], prefix=alone, cwd=elsewhere, env=cold)
    same(whole, again, "another folder, one thread and no cached kernel")

    single = {t: compile(model, folder / "t.dlx", [*options, "--target", t]) for t in TARGETS}
    dumps = sorted(stages.glob("*.mlir"))
    assert len(dumps) == 2 + 5 * len(TARGETS), dumps
    for dump in dumps:
        stage, _, target = dump.stem.partition(".")
        if not target:
            same(whole, compile(dump, folder / "d.dlx", both), f"the dump of {stage}")
        else:
            kind = TARGETS[0] if target.startswith("cpu") else TARGETS[1]
            same(single[kind], compile(dump, folder / "d.dlx", []), f"the dump of {stage} for {target}")
    print(f"{name}: {len(whole)} bytes, {len(dumps)} dumps" + (", " + str(len(failures)) + " differ" if failures else ""))
    return failures


failures = []
for name in chosen:
    if not programs[name][0].exists():
        print(f"skipped: there is no {programs[name][0]}")
        continue
    with tempfile.TemporaryDirectory() as folder:
        failures += check(name, pathlib.Path(folder))
print("\n".join(failures))
sys.exit(1 if failures else 0)
