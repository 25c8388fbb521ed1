"""A model of 3 GiB of weights, as ONNX with external data and as .dlm: it compiles with less than 1 GiB of memory beyond
the mapped weights, and runs. Writes 6 GiB below TMPDIR at a time and removes them.

    large_model.py DLC [--layers=12]

What a process may have of its own is limited by the system (RLIMIT_DATA) while it compiles: one byte above 1 GiB and it
fails. The peak of what it touched is printed. Exit code 77: there is no room on the disk.
"""

import argparse
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--layers", type=int, default=12)
flags = parser.parse_args()
SIZE, GIB, LIMIT = 8192, 1 << 30, 1 << 30
LAYER = 4 * SIZE * SIZE


def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
    return out + bytes([n])


def field(number, value):
    """One field of a protobuf message: an integer, or bytes, or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def columns(layer):
    return [((j * (layer + 3)) % 31 + 1) / 131072 for j in range(SIZE)]


# Weight [i][j] of a layer is (1 + i % 2) * columns(layer)[j], so what comes out can be told without a matrix product.
def write_model(folder):
    nodes = initializers = b""
    with open(folder / "model.onnx.data", "wb") as data:
        for layer in range(flags.layers):
            rows = [struct.pack(f"<{SIZE}f", *(factor * c for c in columns(layer))) for factor in (1, 2)]
            for _ in range(SIZE // 64):
                data.write((rows[0] + rows[1]) * 32)
            entries = {"location": "model.onnx.data", "offset": str(layer * LAYER), "length": str(LAYER)}
            external = b"".join(field(13, field(1, key) + field(2, value)) for key, value in entries.items())
            initializers += field(5, field(1, SIZE) + field(1, SIZE) + field(2, 1) + field(8, f"w{layer}") + external + field(14, 1))
            nodes += field(1, field(1, "x" if layer == 0 else f"h{layer}") + field(1, f"w{layer}") +
                           field(2, "y" if layer == flags.layers - 1 else f"h{layer + 1}") + field(3, f"matmul{layer}") + field(4, "MatMul"))

    def port(name):
        shape = field(2, field(1, field(1, 1)) + field(1, field(1, SIZE)))
        return field(1, name) + field(2, field(1, field(1, 1) + shape))

    graph = nodes + field(2, "large") + initializers + field(11, port("x")) + field(12, port("y"))
    (folder / "model.onnx").write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17)))


def expected():
    # x is all ones: the first layer's rows sum to SIZE * 3 / 2, and each layer hands its weighted sum on.
    total = SIZE * 1.5
    for layer in range(flags.layers - 1):
        total *= sum(c * (1 + j % 2) for j, c in enumerate(columns(layer)))
    return [total * c for c in columns(flags.layers - 1)]


def own_memory(pid):
    """Bytes of a process that are no file's: anonymous and shared memory."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def dlc(what, *arguments, limited=True):
    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))

    start, peak = time.time(), 0
    process = subprocess.Popen([flags.dlc, *map(str, arguments)], preexec_fn=limit if limited else None)
    while process.poll() is None:
        peak = max(peak, own_memory(process.pid))
        time.sleep(0.005)
    print(f"{what}: {time.time() - start:.1f} s, {peak / (1 << 20):.0f} MiB beyond the mapped files", flush=True)
    if process.returncode:
        sys.exit(f"{what}: exit code {process.returncode}")
    if limited and peak >= LIMIT:
        sys.exit(f"{what}: more than {LIMIT >> 20} MiB")


def check(folder, model):
    executable, output = folder / "model.dlx", folder / "y.npy"
    dlc(f"compile {model.name}", "compile", model, "-o", executable, "--target", "cpu")
    size = executable.stat().st_size
    if size < flags.layers * LAYER:
        sys.exit(f"the executable has {size} bytes and cannot hold the weights")
    dlc(f"run {model.name}", "run", executable, "--device=cpu", "-q", "-i", f"x=1x{SIZE}xf32=1", "-o", f"y=@{output}", limited=False)
    executable.unlink()
    data = output.read_bytes()
    values = struct.unpack(f"<{SIZE}f", data[-4 * SIZE:])
    worst = max(abs(v - e) / abs(e) for v, e in zip(values, expected()))
    print(f"{model.name}: {size} bytes of .dlx, largest relative error {worst:.2e}", flush=True)
    if not worst < 1e-4:
        sys.exit("the result is wrong")


need = 2 * flags.layers * LAYER + GIB
room = shutil.disk_usage(tempfile.gettempdir()).free
if room < need:
    print(f"skipped: {tempfile.gettempdir()} has {room / GIB:.1f} GiB of room, and {need / GIB:.1f} are wanted")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="dlc-large-") as name:
    folder = pathlib.Path(name)
    write_model(folder)
    check(folder, folder / "model.onnx")
    dlc("convert to .dlm", "convert", folder / "model.onnx", "-o", folder / "model.dlm")
    (folder / "model.onnx.data").unlink()
    check(folder, folder / "model.dlm")
