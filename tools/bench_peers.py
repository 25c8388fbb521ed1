"""dlc beside ONNX Runtime on the CPU; see tools/bench-peers."""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime

SIX = ["mnist_cntk", "mnist_bn", "resnet_cifar", "unet2d_nuclei", "face_rfb320", "vit_cifar"]
OPEN = {"vit_cifar": {"input": [1, 3, 32, 32]}}  # shapes that a file leaves open, where no reference data names them
GPUS = ["cuda:sm_80", "cuda:sm_90a"]
RTOL, ATOL = 1e-3, 1e-4  # of outputs, against ONNX Runtime's; ATOL is a part of the output's largest magnitude
HALF = 1e-2  # both, of 16-bit outputs
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
         "tensor(uint8)": np.uint8, "tensor(float16)": np.float16}  # fmt: skip

BIN = pathlib.Path(os.environ["DLC_BIN"])
MODELS = pathlib.Path(os.environ["DLC_MODELS"])
CORE = min(os.sched_getaffinity(0))


# ---- The peer -------------------------------------------------------------------------------------------------------
def session(path, threads=1):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def peer(path, inputs, seconds, threads):
    """One round of the peer, in this process: seconds a run, outputs and inputs bound."""
    s = session(path, threads)
    binding = s.io_binding()
    with np.load(inputs) as values:
        for name in values.files:
            if name not in {i.name for i in s.get_inputs()}:
                continue
            binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(values[name]))
    for output in s.get_outputs():
        binding.bind_output(output.name, "cpu")

    def measure(budget):
        times, begin = [], time.perf_counter()
        while len(times) < 10 or time.perf_counter() - begin < budget:
            start = time.perf_counter()
            s.run_with_iobinding(binding)
            times.append(time.perf_counter() - start)
        return times

    measure(0.2)
    print(json.dumps({"p50": statistics.median(measure(seconds))}))


# ---- Both, in turns -------------------------------------------------------------------------------------------------
def run(*command, core=True, **more):
    """The program's output; on one core unless `core` is false."""
    prefix = ["taskset", "-c", str(CORE)] if core else []
    return subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def make_inputs(name, path):
    """Normal numbers in the shapes of the reference data beside the model; integers are the reference data's own."""
    rng, values = np.random.default_rng(0), {}
    given = {n: np.zeros(shape, np.float32) for n, shape in OPEN.get(name, {}).items()}
    for i, info in enumerate(session(path).get_inputs()):
        if (file := path.parent / f"test_data_set_0/input_{i}.pb").exists():
            tensor = onnx.load_tensor(file)
            given[tensor.name or info.name] = onnx.numpy_helper.to_array(tensor)
    for i in session(path).get_inputs():
        shape = given[i.name].shape if i.name in given else i.shape
        if not all(isinstance(d, int) for d in shape):
            sys.exit(f"{path}: input {i.name} has the open shape {shape}; name one in OPEN")
        whole = not np.issubdtype(TYPES[i.type], np.floating)
        values[i.name] = given[i.name] if whole and i.name in given else rng.standard_normal(shape).astype(TYPES[i.type])
    return values


def shape_flags(values):
    """Shapes; a whole number by itself (a sampling rate, a count) is bound to its value."""
    flags = []
    for name, v in values.items():
        if v.ndim:
            flags += ["--shape", f"{name}=" + "x".join(map(str, v.shape))]
        elif np.issubdtype(v.dtype, np.integer):
            flags += ["--bind", f"{name}=i{8 * v.itemsize}={v}"]
    return flags


def compare(name, path, dlx, values, folder):
    """The largest absolute difference of an output; ends the program where one is out of bounds."""
    outputs = [o.name for o in session(path).get_outputs()]
    want = session(path).run(None, values)
    flags = []
    for i, (n, v) in enumerate(values.items()):
        np.save(folder / f"input{i}.npy", v)
        flags += ["-i", f"{n}=@{folder / f'input{i}.npy'}"]
    for i, n in enumerate(outputs):
        flags += ["-o", f"{n}=@{folder / f'output{i}.npy'}"]
    run(BIN / "dlc", "run", dlx, "--device", "cpu", "--threads", "1", "-q", *flags)
    worst = 0.0
    for i, n in enumerate(outputs):
        got = np.load(folder / f"output{i}.npy")
        half = want[i].dtype == np.float16
        scale = max(float(np.abs(want[i]).max()), 1.0)
        error = np.abs(got.astype(np.float64) - want[i]) if got.shape == want[i].shape else np.array(np.inf)
        far = ~(error <= (HALF if half else RTOL) * np.abs(want[i]) + (HALF if half else ATOL) * scale)
        # Of large outputs a hundredth may lie further off, by a thousandth of the largest, as in `dlc conformance`.
        whole = error.size >= 1 << 16 and far.sum() <= error.size / 100 and error.max() <= 1e-3 * scale
        if far.any() and not whole:
            sys.exit(f"{name}: output {n} of dlc and of ONNX Runtime differ by up to {error.max():.3g} of {scale:.3g}")
        worst = max(worst, float(error.max()))
    return worst


def spread(times):
    return (max(times) - min(times)) / statistics.median(times)


def race(name, flags, folder, threads):
    path = MODELS / name / "model.onnx"
    values = make_inputs(name, path)
    dlx = folder / f"{name}.dlx"
    run(BIN / "dlc", "compile", path, "-o", dlx, "--target", "cpu", *shape_flags(values))
    error = compare(name, path, dlx, values, folder)
    np.savez(folder / "inputs.npz", **values)
    ours, theirs, variant = [], [], ""
    for i in range(flags.rounds):
        progress(f"{name}: {threads} threads, round {i + 1} of {flags.rounds}")
        env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        report = json.loads(run(BIN / "dlc", "bench", dlx, "--device", "cpu", "--threads", str(threads), "--json",
                                "--duration", flags.seconds, stderr=subprocess.DEVNULL, core=threads == 1, env=env))  # fmt: skip
        ours.append(report["latency"]["p50"])
        variant = report["variant"]
        theirs.append(json.loads(run(sys.executable, __file__, "--peer", path, folder / "inputs.npz", flags.seconds, str(threads),
                                     core=threads == 1, env=env))["p50"])  # fmt: skip
    # The two against themselves: rounds with even numbers over those with odd ones.
    even, odd = statistics.median(ours[0::2]), statistics.median(ours[1::2] or ours)
    return {"model": name, "threads": threads, "dlc": statistics.median(ours), "dlc_spread": spread(ours), "onnxruntime": statistics.median(theirs),
            "onnxruntime_spread": spread(theirs), "ratio": statistics.median(ours) / statistics.median(theirs),
            "a_a": even / odd, "error": error, "variant": variant, "rounds": {"dlc": ours, "onnxruntime": theirs}}  # fmt: skip


# ---- Compiling and starting -----------------------------------------------------------------------------------------
def timed(command, env):
    before, start = os.times(), time.perf_counter()
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, env=env)
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def compiling(name, flags, folder):
    path = MODELS / name / "model.onnx"
    shapes = shape_flags(make_inputs(name, path))
    result = {"model": name}
    for what, targets in {"cpu": ["cpu"], "all": ["cpu", *GPUS]}.items():
        command = [BIN / "dlc", "compile", path, "-o", folder / "out.dlx", "--target", ",".join(targets), *shapes]
        cold, warm = [], []
        for i in range(flags.compile_rounds):
            progress(f"{name}: compiling for {', '.join(targets)}, {i + 1} of {flags.compile_rounds}")
            with tempfile.TemporaryDirectory(dir=folder) as cache:
                # The cache folder is also where NVRTC may lie.
                env = {**os.environ, "XDG_CACHE_HOME": cache, "DLC_NVRTC": flags.nvrtc}
                env.pop("OMP_NUM_THREADS", None)
                cold.append(timed(command, env))
                warm.append(timed(command, env))
        result[what] = {"cold": statistics.median(w for w, _ in cold), "cold_cpu": statistics.median(c for _, c in cold),
                        "warm": statistics.median(w for w, _ in warm), "spread": spread([w for w, _ in cold])}  # fmt: skip
    return result


def starting(flags, folder):
    """`dlc run mnist_cntk.dlx` as a process, a random image in, the answer printed."""
    path = MODELS / "mnist_cntk/model.onnx"
    values = make_inputs("mnist_cntk", path)
    dlx = folder / "start.dlx"
    run(BIN / "dlc", "compile", path, "-o", dlx, "--target", "cpu", *shape_flags(values))
    name, value = next(iter(values.items()))
    shape = "x".join(map(str, value.shape))
    command = [BIN / "dlc", "run", dlx, "-i", f"{name}={shape}xf32=random", "--device", "cpu"]
    env = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    times = []
    for _ in range(flags.starts + 3):
        start = time.perf_counter()
        subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        times.append(time.perf_counter() - start)
    times = sorted(times[3:])  # the first ones read files from disk
    return {"p50": statistics.median(times), "min": times[0], "p90": times[int(len(times) * 0.9)], "runs": len(times)}


# ---- The table ------------------------------------------------------------------------------------------------------
def progress(line):
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def human(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def machine():
    cpu = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    devices = json.loads(run(BIN / "dlc", "devices", "--json", core=False))
    ours = next(d for d in devices["devices"] if d["device"] == "cpu")
    return {"cpu": cpu, "cores": os.cpu_count(), "dlc": run(BIN / "dlc", "--version", core=False).strip(),
            "device": ours["detail"], "onnxruntime": onnxruntime.__version__, "nvrtc": devices["nvrtc"].get("version", ""),
            "nvrtc_file": devices["nvrtc"].get("file", ""), "load": os.getloadavg()[0]}  # fmt: skip


def table(r, flags):
    m = r["machine"]
    lines = [f"# dlc beside ONNX Runtime, {r['date']}", "",
             f"Machine: {m['cores']} cores, {m['cpu']}; {m['dlc']} ({m['device']}), ONNX Runtime {m['onnxruntime']} from PyPI, NVRTC {m['nvrtc']}. "
             f"Load when it began: {m['load']:.2f}. Written by `tools/bench-peers`.", ""]  # fmt: skip
    for threads in r.get("geometric_mean", {}):
        peers = [p for p in r["peers"] if p["threads"] == threads]
        where = "One thread on one core" if threads == 1 else f"{threads} threads"
        lines += [f"{where}, in turns, {flags.rounds} rounds of {flags.seconds:g} s each: medians of the rounds' "
                  "medians. Spread: greatest less least round over the median; A/A: dlc's even rounds over its odd ones. "
                  f"Error: the largest absolute difference of an output. Variants: {', '.join(sorted({p['variant'] for p in peers}))}.", "",
                  "| model | dlc | spread | ONNX Runtime | spread | dlc / ONNX Runtime | A/A | error |",
                  "|---|---|---|---|---|---|---|---|"]  # fmt: skip
        for p in peers:
            lines.append(f"| {p['model']} | {human(p['dlc'])} | {p['dlc_spread']:.1%} | {human(p['onnxruntime'])} | "
                         f"{p['onnxruntime_spread']:.1%} | {p['ratio']:.2f} | {p['a_a']:.3f} | {p['error']:.1g} |")  # fmt: skip
        lines += [f"| geometric mean | | | | | {r['geometric_mean'][threads]:.2f} | | |", ""]
    if "compile" in r:
        lines += [f"Compiling, as a process, medians of {flags.compile_rounds}; cold: no kernel is in the cache. CPU time is that of "
                  "all threads; spread is that of the cold rounds.", "",
                  f"| model | CPU alone | CPU, {', '.join(g.split(':')[1] for g in GPUS)}, cold | spread | CPU time | the same, warm |",
                  "|---|---|---|---|---|---|"]  # fmt: skip
        for c in r["compile"]:
            lines.append(f"| {c['model']} | {human(c['cpu']['cold'])} | {human(c['all']['cold'])} | {c['all']['spread']:.1%} | "
                         f"{human(c['all']['cold_cpu'])} | {human(c['all']['warm'])} |")  # fmt: skip
        lines.append("")
    if "start" in r:
        s = r["start"]
        lines += [f"`dlc run mnist_cntk.dlx` as a process, files in memory, {s['runs']} times: median {human(s['p50'])}, "
                  f"least {human(s['min'])}, p90 {human(s['p90'])}.", ""]  # fmt: skip
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="tools/bench-peers")
    parser.add_argument("-o", "--output", help="file for the table; standard output unless told")
    parser.add_argument("--json", help="file for all figures")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--compile-rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=30)
    parser.add_argument("--models", default="", help="with commas; every folder with a model.onnx unless told")
    parser.add_argument("--compile-models", default=",".join(SIX), help="those whose compile times are taken")
    parser.add_argument("--threads", default="1,2", help="with commas: a table for each count")
    parser.add_argument("--skip", default="", help="peers, compile, start; with commas")
    flags = parser.parse_args()
    skip, models = set(filter(None, flags.skip.split(","))), list(filter(None, flags.models.split(",")))
    others = sorted(p.parent.name for p in MODELS.glob("*/model.onnx") if p.parent.name not in SIX)
    models = models or [m for m in SIX if (MODELS / m).exists()] + others
    if not skip <= {"peers", "compile", "start"}:
        parser.error(f"--skip {flags.skip}: expected peers, compile or start")
    result = {"date": datetime.date.today().isoformat(), "machine": machine()}
    flags.nvrtc = result["machine"].pop("nvrtc_file")
    if not flags.nvrtc and "compile" not in skip:
        sys.exit("bench-peers: no NVRTC is here, which compiling for GPUs needs: tools/setup installs it, or --skip compile")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "peers" not in skip:
            counts = [int(t) for t in flags.threads.split(",")]
            result["peers"] = [race(m, flags, folder, t) for t in counts for m in models]
            result["geometric_mean"] = {
                t: math.exp(statistics.fmean(math.log(p["ratio"]) for p in result["peers"] if p["threads"] == t)) for t in counts
            }
        if "compile" not in skip:
            result["compile"] = [compiling(m, flags, folder) for m in flags.compile_models.split(",")]
        if "start" not in skip:
            result["start"] = starting(flags, folder)
    progress("")
    text = table(result, flags)
    if flags.json:
        pathlib.Path(flags.json).write_text(json.dumps(result, indent=2) + "\n")
    if flags.output:
        pathlib.Path(flags.output).write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
