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
import onnxruntime

SIX = ["mnist_cntk", "mnist_bn", "resnet_cifar", "unet2d_nuclei", "face_rfb320", "vit_cifar"]
OPEN = {"vit_cifar": {"input": [1, 3, 32, 32]}}  # shapes that a file leaves open
GPUS = ["cuda:sm_80", "cuda:sm_90a"]
RTOL, ATOL = 1e-3, 1e-4  # of outputs, against ONNX Runtime's
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
         "tensor(uint8)": np.uint8}  # fmt: skip

BIN = pathlib.Path(os.environ["DLC_BIN"])
MODELS = pathlib.Path(os.environ["DLC_MODELS"])
CORE = min(os.sched_getaffinity(0))


# ---- The peer -------------------------------------------------------------------------------------------------------
def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def peer(path, inputs, seconds):
    """One round of the peer, in this process: seconds a run, outputs and inputs bound."""
    s = session(path)
    binding = s.io_binding()
    with np.load(inputs) as values:
        for name in values.files:
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
    prefix = ["taskset", "-c", str(CORE)] if core else []
    return subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def make_inputs(name, path):
    rng, shapes = np.random.default_rng(0), OPEN.get(name, {})
    values = {}
    for i in session(path).get_inputs():
        shape = shapes.get(i.name, i.shape)
        if not all(isinstance(d, int) for d in shape):
            sys.exit(f"{path}: input {i.name} has the open shape {shape}; name one in OPEN")
        values[i.name] = rng.standard_normal(shape).astype(TYPES[i.type])
    return values


def shape_flags(values):
    return [f for name, v in values.items() for f in ("--shape", f"{name}=" + "x".join(map(str, v.shape)))]


def compare(name, path, dlx, values, folder):
    """The largest absolute difference of an output; ends the program where one is out of bounds."""
    outputs = [o.name for o in session(path).get_outputs()]
    want = session(path).run(None, values)
    flags = []
    for n, v in values.items():
        np.save(folder / "input.npy", v) if len(values) == 1 else sys.exit(f"{name}: more than one input")
        flags += ["-i", f"{n}=@{folder / 'input.npy'}"]
    for i, n in enumerate(outputs):
        flags += ["-o", f"{n}=@{folder / f'output{i}.npy'}"]
    run(BIN / "dlc", "run", dlx, "--device", "cpu", "--threads", "1", "-q", *flags)
    worst = 0.0
    for i, n in enumerate(outputs):
        got = np.load(folder / f"output{i}.npy")
        if got.shape != want[i].shape or not np.allclose(got, want[i], rtol=RTOL, atol=ATOL):
            sys.exit(f"{name}: output {n} of dlc and of ONNX Runtime differ")
        worst = max(worst, float(np.abs(got.astype(np.float64) - want[i]).max()))
    return worst


def spread(times):
    return (max(times) - min(times)) / statistics.median(times)


def race(name, flags, folder):
    path = MODELS / name / "model.onnx"
    values = make_inputs(name, path)
    dlx = folder / f"{name}.dlx"
    run(BIN / "dlc", "compile", path, "-o", dlx, "--target", "cpu", *shape_flags(values))
    error = compare(name, path, dlx, values, folder)
    np.savez(folder / "inputs.npz", **values)
    ours, theirs, variant = [], [], ""
    for i in range(flags.rounds):
        progress(f"{name}: round {i + 1} of {flags.rounds}")
        report = json.loads(run(BIN / "dlc", "bench", dlx, "--device", "cpu", "--threads", "1", "--json",
                                "--duration", flags.seconds, stderr=subprocess.DEVNULL))  # fmt: skip
        ours.append(report["latency"]["p50"])
        variant = report["variant"]
        theirs.append(json.loads(run(sys.executable, __file__, "--peer", path, folder / "inputs.npz", flags.seconds))["p50"])
    # The two against themselves: rounds with even numbers over those with odd ones.
    even, odd = statistics.median(ours[0::2]), statistics.median(ours[1::2] or ours)
    return {"model": name, "dlc": statistics.median(ours), "dlc_spread": spread(ours), "onnxruntime": statistics.median(theirs),
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
    if "peers" in r:
        lines += [f"One thread on one core, in turns, {flags.rounds} rounds of {flags.seconds:g} s each: medians of the rounds' "
                  "medians. Spread: greatest less least round over the median; A/A: dlc's even rounds over its odd ones. "
                  f"Error: the largest absolute difference of an output. Variants: {', '.join(sorted({p['variant'] for p in r['peers']}))}.", "",
                  "| model | dlc | spread | ONNX Runtime | spread | dlc / ONNX Runtime | A/A | error |",
                  "|---|---|---|---|---|---|---|---|"]  # fmt: skip
        for p in r["peers"]:
            lines.append(f"| {p['model']} | {human(p['dlc'])} | {p['dlc_spread']:.1%} | {human(p['onnxruntime'])} | "
                         f"{p['onnxruntime_spread']:.1%} | {p['ratio']:.2f} | {p['a_a']:.3f} | {p['error']:.1g} |")  # fmt: skip
        lines += [f"| geometric mean | | | | | {r['geometric_mean']:.2f} | | |", ""]
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
    parser.add_argument("--models", default=",".join(SIX))
    parser.add_argument("--skip", default="", help="peers, compile, start; with commas")
    flags = parser.parse_args()
    skip, models = set(filter(None, flags.skip.split(","))), flags.models.split(",")
    if not skip <= {"peers", "compile", "start"}:
        parser.error(f"--skip {flags.skip}: expected peers, compile or start")
    result = {"date": datetime.date.today().isoformat(), "machine": machine()}
    flags.nvrtc = result["machine"].pop("nvrtc_file")
    if not flags.nvrtc and "compile" not in skip:
        sys.exit("bench-peers: no NVRTC is here, which compiling for GPUs needs: tools/setup installs it, or --skip compile")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "peers" not in skip:
            result["peers"] = [race(m, flags, folder) for m in models]
            result["geometric_mean"] = math.exp(statistics.fmean(math.log(p["ratio"]) for p in result["peers"]))
        if "compile" not in skip:
            result["compile"] = [compiling(m, flags, folder) for m in models]
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
        peer(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        main()
