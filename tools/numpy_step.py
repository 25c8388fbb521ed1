"""One training step of 784-128-10 in NumPy, timed; see tools/numpy-step."""

import gzip
import json
import statistics
import subprocess
import sys
import time

import numpy as np

batch, root = int(sys.argv[1]), sys.argv[2]
folder = "/usr/share/datasets/fashion-mnist"


def idx(name, header):
    with gzip.open(f"{folder}/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


images = idx("train-images-idx3-ubyte", 16).reshape(-1, 784)
labels = idx("train-labels-idx1-ubyte", 8).astype(np.int64)
rng = np.random.default_rng(0)
bound = 784**-0.5
weights = [
    rng.uniform(-bound, bound, (128, 784)).astype(np.float32),
    rng.uniform(-bound, bound, 128).astype(np.float32),
    rng.uniform(-(128**-0.5), 128**-0.5, (10, 128)).astype(np.float32),
    rng.uniform(-(128**-0.5), 128**-0.5, 10).astype(np.float32),
]
momenta = [np.zeros_like(w) for w in weights]
rows = np.arange(batch)


def step(order):
    w1, b1, w2, b2 = weights
    x = images[order].astype(np.float32)
    x *= np.float32(2 / 255)
    x -= 1
    y = labels[order]
    hidden = np.maximum(x @ w1.T + b1, 0)
    logits = hidden @ w2.T + b2
    logits -= logits.max(1, keepdims=True)
    p = np.exp(logits)
    total = p.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - logits[rows, y]).mean()
    p /= total
    p[rows, y] -= 1
    p *= np.float32(1 / batch)
    back = (p @ w2) * (hidden > 0)
    for w, m, g in zip(weights, momenta, [back.T @ x, back.sum(0), p.T @ hidden, p.sum(0)]):
        m *= np.float32(0.9)
        m += g
        w -= np.float32(0.01) * m
    return loss


times = []
order = rng.permutation(60000)
for i in range(500):
    at = i * batch % (60000 - batch)
    start = time.perf_counter()
    step(order[at : at + batch])
    times.append(time.perf_counter() - start)
numpy_ms = statistics.median(times) * 1e3
print(f"NumPy {np.__version__}: {numpy_ms:.3f} ms a step (batch {batch}, one core, median of {len(times)})", flush=True)

train = subprocess.run(
    [f"{root}/build/bin/dlc", "train", f"{root}/examples/mlp.mlir", "--data", f"idx:{folder}", "--batch", str(batch)]
    + ["--epochs", "2", "--device", "cpu", "--threads", "1", "--json"],
    stdout=subprocess.PIPE, text=True, check=True,
)  # fmt: skip
events = [json.loads(line) for line in train.stdout.splitlines()]
dlc_ms = [e["step_ms"] for e in events if e["event"] == "epoch"][-1]
print(f"dlc:         {dlc_ms:.3f} ms a step (the same, gather and loss included; {numpy_ms / dlc_ms:.1f} times as fast)")
