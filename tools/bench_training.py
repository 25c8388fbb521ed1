"""Training steps of dlc beside PyTorch eager on the CPU; see tools/bench-peers --train."""

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

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/training/references"))
import networks  # noqa: E402

BIN = pathlib.Path(os.environ["DLC_BIN"])
CORE = min(os.sched_getaffinity(0))
BATCHES = {"mlp": 128, "cnn": 128, "resnet": 64, "gpt": 8, "lstm": 64, "unet3d": 8, "detector": 32, "speech": 32}


def peer(name, seconds, threads):
    """One round of PyTorch, in this process: seconds a step; forward, backward and the optimizer's step."""
    torch.set_num_threads(threads)
    model, network, loss, _, _, batch, (_, make) = networks.EXAMPLES[name]
    parameters, state = networks.weights(model)
    if name == "resnet":  # as it is fastest there
        parameters = {n: torch.nn.Parameter(p.detach().contiguous(memory_format=torch.channels_last)) if p.dim() == 4 else p
                      for n, p in parameters.items()}  # fmt: skip
    optimize = make(parameters.values())
    x, labels = batch(BATCHES[name], 0)
    if x.is_floating_point():
        x = torch.randn(x.shape)
        x = x.contiguous(memory_format=torch.channels_last) if name == "resnet" else x

    def step():
        optimize.zero_grad()
        loss(network(parameters, state, x), labels).backward()
        optimize.step()

    def measure(budget):
        times, begin = [], time.perf_counter()
        while len(times) < 10 or time.perf_counter() - begin < budget:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        return times

    measure(0.3)
    print(json.dumps({"p50": statistics.median(measure(seconds))}))


def run(*command, core, env=None):
    prefix = ["taskset", "-c", str(CORE)] if core else []
    return subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env=env).stdout  # fmt: skip


def spread(times):
    return (max(times) - min(times)) / statistics.median(times)


def race(name, flags, folder, threads):
    model, _, _, loss, kind, batch, (optimizer, _) = networks.EXAMPLES[name]
    x, labels = batch(BATCHES[name], 0)
    dlx = folder / f"{name}.dlx"
    shape = "x".join(map(str, x.shape))
    run(BIN / "dlc", "compile", ROOT / "examples" / model, "-o", dlx, "--target", "cpu", "--loss", loss, "--optimizer", optimizer,
        "--shape", shape, core=False)  # fmt: skip
    values = []
    import numpy as np

    # Numbers of symbols, and labels other than classes, are not random ones.
    given = [] if x.is_floating_point() else [("tokens", x)]
    for port, value in given + ([] if kind == "classes" else [("labels", labels)]):
        value = value.numpy()
        np.save(folder / f"{port}.npy", value if value.dtype == np.float32 else value.astype(np.int32))
        values += ["-i", f"{port}=@{folder / port}.npy"]
    ours, theirs, variant = [], [], ""
    for i in range(flags.rounds):
        if sys.stderr.isatty():
            print(f"\r{name}: {threads} threads, round {i + 1} of {flags.rounds}\x1b[K", end="", file=sys.stderr, flush=True)
        env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        report = json.loads(run(BIN / "dlc", "bench", dlx, "--device", "cpu", "--threads", threads, "--json", "--duration",
                                flags.seconds, *values, core=threads == 1, env=env))  # fmt: skip
        ours.append(report["latency"]["p50"])
        variant = report["variant"]
        theirs.append(json.loads(run(sys.executable, __file__, "--peer", name, flags.seconds, threads, core=threads == 1, env=env))["p50"])
    even, odd = statistics.median(ours[0::2]), statistics.median(ours[1::2] or ours)
    return {"model": name, "batch": BATCHES[name], "threads": threads, "dlc": statistics.median(ours), "dlc_spread": spread(ours),
            "pytorch": statistics.median(theirs), "pytorch_spread": spread(theirs),
            "times_as_fast": statistics.median(theirs) / statistics.median(ours), "a_a": even / odd, "variant": variant,
            "rounds": {"dlc": ours, "pytorch": theirs}}  # fmt: skip


def human(seconds):
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def main():
    parser = argparse.ArgumentParser(prog="tools/bench-peers --train")
    parser.add_argument("-o", "--output", help="file for the table; standard output unless told")
    parser.add_argument("--json", help="file for all figures")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--models", default=",".join(BATCHES), help="with commas")
    parser.add_argument("--threads", default="1,2", help="with commas: a table for each count")
    flags = parser.parse_args()
    cpu = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    version = run(BIN / "dlc", "--version", core=False).strip()
    date, load = datetime.date.today().isoformat(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        results = [race(m, flags, pathlib.Path(name), int(t)) for t in flags.threads.split(",") for m in flags.models.split(",")]
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    lines = [f"# Training steps beside PyTorch eager, {date}", "",
             f"Machine: {os.cpu_count()} cores, {cpu}; {version}, PyTorch {torch.__version__} from PyPI. Load when it began: {load:.2f}. "
             "Written by `tools/bench-peers --train`.", "",
             f"A step is forward, loss, backward and optimizer, in f32, of the examples. In turns, {flags.rounds} rounds of "
             f"{flags.seconds:g} s each: medians of the rounds' medians. One thread: on one core. Spread: greatest less least round "
             "over the median; A/A: dlc's even rounds over its odd ones.", "",
             "| model | batch | threads | dlc | spread | PyTorch | spread | times as fast | A/A |", "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for r in results:
        lines.append(f"| {r['model']} | {r['batch']} | {r['threads']} | {human(r['dlc'])} | {r['dlc_spread']:.1%} | {human(r['pytorch'])} | "
                     f"{r['pytorch_spread']:.1%} | {r['times_as_fast']:.2f} | {r['a_a']:.3f} |")  # fmt: skip
    mean = math.exp(statistics.fmean(math.log(r["times_as_fast"]) for r in results))
    lines += [f"| geometric mean | | | | | | | {mean:.2f} | |", ""]
    if flags.json:
        pathlib.Path(flags.json).write_text(json.dumps({"date": date, "results": results}, indent=2) + "\n")
    if flags.output:
        pathlib.Path(flags.output).write_text("\n".join(lines))
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
