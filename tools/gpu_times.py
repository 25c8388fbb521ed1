"""Times of dlc beside PyTorch on one GPU, in one process and on one stream: what gpu-check runs.

    gpu_times.py BIN EXAMPLES OUT.json [--device=cuda|sim] [--rounds=N]

dlc is used as applications embed it: libdlc_runtime.so by its C interface, in PyTorch's context, on PyTorch's stream, on
PyTorch's memory. Random normal data; the two take turns (A-B-A-B); medians and the spread of each one's rounds; buffers
rotate, so that nothing is found in the L2 cache by luck; every result is compared with PyTorch's in f64.
With --device=sim, or where there is no PyTorch, dlc runs alone on memory of its own: for trying the script.
"""

import argparse
import ctypes as c
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time

try:
    import torch
except ImportError:
    torch = None

ITEM = {"f32": 4, "bf16": 2, "f16": 2, "i32": 4}


class Options(c.Structure):
    """dlc_session_options, version 2."""
    _fields_ = [("struct_size", c.c_size_t), ("device", c.c_int), ("threads", c.c_int), ("share", c.c_void_p),
                ("variant", c.c_char_p), ("no_library", c.c_int), ("log", c.c_void_p), ("log_user", c.c_void_p),
                ("allocator", c.c_void_p * 3), ("device_name", c.c_char_p), ("cuda_context", c.c_void_p),
                ("cuda_stream", c.c_void_p)]


class Dlc:
    """The few functions of dlc.h that are needed; failures are exceptions."""

    def __init__(self, library):
        self.lib = c.CDLL(library)
        self.lib.dlc_status_message.restype = c.c_char_p
        self.lib.dlc_session_summary.restype = c.c_char_p
        for name in ("executable_load_file", "session_create", "session_bind_input_device", "session_bind_output_device",
                     "session_set_input", "session_get_output", "session_run", "session_run_async", "session_synchronize",
                     "session_read", "session_write"):
            getattr(self.lib, "dlc_" + name).restype = c.c_void_p

    def call(self, name, *args):
        status = getattr(self.lib, "dlc_" + name)(*args)
        if status:
            message = self.lib.dlc_status_message(c.c_void_p(status)).decode()
            self.lib.dlc_status_free(c.c_void_p(status))
            raise RuntimeError(f"dlc_{name}: {message}")


class Session:
    def __init__(self, dlc, path, device, stream=None, context=None):
        self.dlc, self.executable, self.handle = dlc, c.c_void_p(), c.c_void_p()
        dlc.call("executable_load_file", path.encode(), None, c.byref(self.executable))
        options = Options(struct_size=c.sizeof(Options), device_name=device.encode(), cuda_context=context, cuda_stream=stream)
        dlc.call("session_create", self.executable, c.byref(options), c.byref(self.handle))

    def bind(self, inputs, outputs):
        for what, tensors in (("input", inputs), ("output", outputs)):
            for n, tensor in enumerate(tensors):
                self.dlc.call(f"session_bind_{what}_device", self.handle, c.c_size_t(n), c.c_void_p(tensor.data_ptr()))

    def set_input(self, index, data):
        self.dlc.call("session_set_input", self.handle, c.c_size_t(index), data, c.c_size_t(len(data)))

    def start(self):
        self.dlc.call("session_run_async", self.handle)

    def wait(self):
        self.dlc.call("session_synchronize", self.handle)

    def write(self, name, data):
        self.dlc.call("session_write", self.handle, name.encode(), data, c.c_size_t(len(data)))

    def close(self):
        self.dlc.lib.dlc_session_free(self.handle)
        self.dlc.lib.dlc_executable_free(self.executable)


def tensor_type(shape, dtype):
    return "tensor<" + "".join(f"{d}x" for d in shape) + dtype + ">"


class Workload:
    """A program in dlc's IR, the same in PyTorch, and what both cost at least."""

    def __init__(self, name, inputs, outputs, body, peer, flops=0, options=(), scale=None, tolerance=1e-3):
        self.name, self.inputs, self.outputs, self.body, self.peer = name, inputs, outputs, body, peer
        self.flops, self.options, self.tolerance, self.scale = flops, list(options), tolerance, scale or {}
        sizes = [math.prod(s) * ITEM[d] for s, d in inputs + outputs]
        self.bytes = sum(sizes)

    def text(self):
        arguments = ", ".join(f'%a{n}: {tensor_type(*t)} {{dlc.name = "a{n}"}}' for n, t in enumerate(self.inputs))
        results = ", ".join(f'{tensor_type(*t)} {{dlc.name = "r{n}"}}' for n, t in enumerate(self.outputs))
        types = ", ".join(tensor_type(*t) for t in self.outputs)
        body = self.body(*[tensor_type(*t) for t in self.inputs], *[tensor_type(*t) for t in self.outputs])
        return f"func.func @main({arguments}) -> ({results}) {{\n{body}\n  return %r : {types}\n}}\n"


def product(m, n, k, dtype, options=(), name=None, tolerance=1e-2):
    def body(a, b, r):
        return f"  %r = dlc.dot_general %a0, %a1 batch = [] x [] contract = [1] x [0] : ({a}, {b}) -> {r}"
    return Workload(name or f"product {m}x{n}x{k} {dtype}", [((m, k), dtype), ((k, n), dtype)], [((m, n), dtype)], body,
                    lambda a, b: a @ b, 2 * m * n * k, options, tolerance=tolerance)


def workloads(small):
    big = 256 if small else 4096
    rows, columns = (64, 512) if small else (8192, 4096)
    images, side = (1, 14) if small else (32, 56)

    def softmax(a, r):
        return f"  %r = dlc.softmax %a0 axis = 1 : {a}"

    def norm(a, g, b, r):
        return f"  %r = dlc.layer_norm %a0, %a1, %a2 epsilon = 1.0e-5 axis = 1 : {a}, {g}"

    def pointwise(a, b, r):
        return f"  %0 = dlc.mul %a0, %a1 : {a}\n  %1 = dlc.add %0, %a0 : {a}\n  %r = dlc.tanh %1 : {a}"

    def column_sum(a, r):
        return f"  %r = dlc.reduce sum %a0 dims = [0] : {a} -> {r}"

    def conv(x, w, r):
        return (f"  %r = dlc.conv %a0, %a1 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] "
                f"rhs_dilation = [1, 1] : ({x}, {w}) -> {r}")

    image, kernel = (images, 64, side, side), (64, 64, 3, 3)
    return [
        product(big, big, big, "bf16"), product(big, big, big, "f16"),
        product(big // 2, big // 2, big // 2, "f32", tolerance=1e-4),
        product(big, big, big, "f32", ["--tf32"], f"product {big}x{big}x{big} tf32"),
        product(16, big, big, "bf16"), product(128, 128, 4 * big, "bf16"),
        Workload(f"softmax {rows}x{columns} f32", [((rows, columns), "f32")], [((rows, columns), "f32")], softmax,
                 lambda a: torch.softmax(a, 1)),
        Workload(f"layer norm {rows}x{columns} f32", [((rows, columns), "f32"), ((columns,), "f32"), ((columns,), "f32")],
                 [((rows, columns), "f32")], norm,
                 lambda a, g, b: torch.nn.functional.layer_norm(a, (a.shape[1],), g, b, 1e-5)),
        Workload(f"tanh(a*b+a) {rows}x{columns} f32", [((rows, columns), "f32")] * 2, [((rows, columns), "f32")], pointwise,
                 lambda a, b: torch.tanh(a * b + a)),
        Workload(f"column sum {rows}x{columns} f32", [((rows, columns), "f32")], [((columns,), "f32")], column_sum,
                 lambda a: a.sum(0)),
        Workload(f"conv 3x3 {images}x64x{side}x{side} bf16", [(image, "bf16"), (kernel, "bf16")], [(image, "bf16")], conv,
                 lambda x, w: torch.nn.functional.conv2d(x, w, padding=1), 2 * math.prod(image) * 64 * 9, tolerance=2e-2),
    ]


def compile_program(dlc, text, path, options, target):
    source = path + ".mlir"
    open(source, "w").write(text)
    begin = time.perf_counter()
    made = subprocess.run([dlc, "compile", source, "-o", path, "--target", target, *options], capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(made.stderr.strip())
    return time.perf_counter() - begin


def timed(run, wait, repeats):
    """Seconds of one of `repeats` runs in a row: by the GPU's own clock where PyTorch is, else by the host's."""
    if torch is not None and wait is None:
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for n in range(repeats):
            run(n)
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3 / repeats
    begin = time.perf_counter()
    for n in range(repeats):
        run(n)
    wait()
    return (time.perf_counter() - begin) / repeats


def take_turns(runners, rounds, wait):
    """{name: seconds of each round}; every runner is called once before."""
    repeats = {}
    for name, run in runners.items():
        timed(run, wait, 3)
        once = timed(run, wait, 3)
        repeats[name] = max(1, min(2000, int(0.02 / max(once, 1e-7))))
    times = {name: [] for name in runners}
    for _ in range(rounds):
        for name, run in runners.items():
            times[name].append(timed(run, wait, repeats[name]))
    return times


def summary(times):
    middle = statistics.median(times)
    return {"median_us": middle * 1e6, "spread_percent": 100 * (max(times) - min(times)) / middle}


def relative_error(got, reference):
    got, reference = got.double(), reference.double()
    bad = int((torch.isnan(got) != torch.isnan(reference)).sum())
    return (float((got - reference).abs().max() / reference.abs().max()), bad)


class Bench:
    def __init__(self, flags):
        self.flags, self.dlc = flags, os.path.join(flags.bin, "dlc")
        self.api = Dlc(os.path.join(flags.bin, "libdlc_runtime.so"))
        self.on_gpu = torch is not None and torch.cuda.is_available() and flags.device.startswith("cuda")
        self.wait = None if self.on_gpu else (lambda: None)
        self.stream = self.context = None
        self.target = "sim" if flags.device.startswith("sim") else "cuda"
        if self.on_gpu:
            torch.cuda.init()
            torch.backends.cudnn.benchmark = True
            self.queue = torch.cuda.Stream()
            torch.cuda.set_stream(self.queue)
            self.stream = self.queue.cuda_stream
            major, minor = torch.cuda.get_device_capability()
            # sm_90 code that uses what is only that card's is called sm_90a.
            self.target = "cuda:sm_80" + (f",cuda:sm_{major}{minor}{'a' if major == 9 else ''}" if (major, minor) != (8, 0) else "")

    def session(self, path):
        return Session(self.api, path, self.flags.device, self.stream, self.context)

    def run(self, w, folder):
        path = os.path.join(folder, "program.dlx")
        seconds = compile_program(self.dlc, w.text(), path, w.options, self.target)
        session = self.session(path)
        result = {"name": w.name, "compile_seconds": seconds, "flops": w.flops, "bytes": w.bytes}
        try:
            if self.on_gpu:
                self.beside_torch(w, session, result)
            else:
                self.alone(w, session, result)
        finally:
            session.close()
        best = result["dlc"]["median_us"] / 1e6
        result["dlc"]["tflops"] = w.flops / best / 1e12
        result["dlc"]["gb_per_second"] = w.bytes / best / 1e9
        return result

    def alone(self, w, session, result):
        for n, (shape, dtype) in enumerate(w.inputs):
            count = math.prod(shape)
            values = [random.gauss(0, 1) for _ in range(min(count, 4096))]
            if dtype == "f32":
                data = (c.c_float * len(values))(*values)
            else:  # bf16: the upper half of an f32; as f16 the same bits are small numbers
                data = (c.c_uint16 * len(values))(*[c.c_uint32.from_buffer(c.c_float(v)).value >> 16 for v in values])
            raw = bytes(data)
            session.set_input(n, (raw * (count * ITEM[dtype] // len(raw) + 1))[: count * ITEM[dtype]])

        def run(_):
            session.start()
            session.wait()
        result["dlc"] = summary(take_turns({"dlc": run}, self.flags.rounds, self.wait)["dlc"])

    def beside_torch(self, w, session, result):
        kinds = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
        sets = max(2, min(4, (240 << 20) // max(1, w.bytes) + 1))  # dlc keeps four bindings at hand

        def tensors():
            inputs = [torch.randn(s, device="cuda", dtype=torch.float32).to(kinds[d]) for s, d in w.inputs]
            return inputs, [torch.empty(s, device="cuda", dtype=kinds[d]) for s, d in w.outputs]
        data = [tensors() for _ in range(sets)]
        tf32 = "--tf32" in w.options
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        # The peer gets the layout that it likes best.
        peer_data = [[t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for t in inputs] for inputs, _ in data]

        def ours(n):
            session.bind(*data[n % sets])
            session.start()
        runners = {"dlc": ours, "torch eager": lambda n: w.peer(*peer_data[n % sets])}
        try:
            compiled = torch.compile(w.peer, mode="max-autotune-no-cudagraphs")
            compiled(*peer_data[0])
            runners["torch.compile"] = lambda n: compiled(*peer_data[n % sets])
        except Exception as error:  # no C++ compiler or no Triton on the machine
            result["torch.compile missing"] = str(error).split("\n")[0][:200]
        ours(0)
        torch.cuda.synchronize()
        reference = w.peer(*[t.double() for t in data[0][0]])
        result["dlc_error"], nans = relative_error(data[0][1][0], reference)
        result["torch_error"], _ = relative_error(w.peer(*data[0][0]), reference)
        if nans or not result["dlc_error"] <= w.tolerance:
            raise RuntimeError(f"{w.name}: off by {result['dlc_error']:.2e} of the largest value ({nans} NaN differ)")
        for name, times in take_turns(runners, self.flags.rounds, None).items():
            result[name] = summary(times)

    def training(self, folder):
        """The 784-128-10 network, batch 128: a step on data that is there."""
        path = os.path.join(folder, "step.dlx")
        made = subprocess.run([self.dlc, "compile", os.path.join(self.flags.examples, "mlp.mlir"), "-o", path, "--target", self.target,
                               "--shape", "x=128x784", "--loss", "softmax-cross-entropy", "--optimizer", "sgd,lr=0.01,momentum=0.9"],
                              capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(made.stderr.strip())
        session = self.session(path)
        result = {"name": "training step 784-128-10, batch 128", "flops": 0, "bytes": 0}
        labels = (c.c_int32 * 128)(*[n % 10 for n in range(128)])
        if not self.on_gpu:
            session.set_input(0, bytes((c.c_float * (128 * 784))(*[random.gauss(0, 1) for _ in range(128 * 784)])))
            session.set_input(1, bytes(labels))

            def step(_):
                session.start()
                session.wait()
            result["dlc"] = summary(take_turns({"dlc": step}, self.flags.rounds, self.wait)["dlc"])
            session.close()
            return result
        x = torch.randn(128, 784, device="cuda")
        y = (torch.arange(128, device="cuda") % 10)
        y32 = y.to(torch.int32)
        session.bind([x, y32], [])

        def network():
            torch.manual_seed(0)
            model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)).cuda()
            return model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

        def stepper(model, optimizer):
            def step(_=0):
                optimizer.zero_grad(set_to_none=False)
                loss = torch.nn.functional.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
            return step
        torch.backends.cuda.matmul.allow_tf32 = False
        runners = {"dlc": lambda _: session.start(), "torch eager": stepper(*network())}
        try:
            model, optimizer = network()
            compiled = stepper(torch.compile(model), optimizer)
            compiled()
            runners["torch.compile"] = compiled
        except Exception as error:
            result["torch.compile missing"] = str(error).split("\n")[0][:200]
        step = stepper(*network())
        for _ in range(5):
            step()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        runners["torch whole-step graph"] = lambda _: graph.replay()
        for name, times in take_turns(runners, self.flags.rounds, None).items():
            result[name] = summary(times)
        session.wait()
        session.close()
        return result


def table(results):
    peers = ["dlc", "torch eager", "torch.compile", "torch whole-step graph"]
    lines = [f"{'':44}" + "".join(f"{p:>26}" for p in peers)]
    for r in results:
        if "error" in r:
            lines.append(f"{r['name']:44} {r['error']}")
            continue
        cells = [f"{r[p]['median_us']:12.1f} us +-{r[p]['spread_percent'] / 2:4.1f} %" if p in r else "" for p in peers]
        lines.append(f"{r['name']:44}" + "".join(f"{cell:>26}" for cell in cells))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin")
    parser.add_argument("examples")
    parser.add_argument("out")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=240, help="begin nothing new after so many seconds")
    flags = parser.parse_args()
    begin = time.perf_counter()
    bench = Bench(flags)
    results = []
    folder = os.path.dirname(os.path.abspath(flags.out))
    jobs = [("training step 784-128-10, batch 128", lambda: bench.training(folder))]
    jobs += [(w.name, lambda w=w: bench.run(w, folder)) for w in workloads(small=not bench.on_gpu)]
    for name, job in jobs:
        if time.perf_counter() - begin > flags.seconds:
            results.append({"name": name, "error": "not run: no time left"})
            continue
        try:
            results.append(job())
        except Exception as error:  # one failure must not take the others' figures along
            results.append({"name": name, "error": str(error)[:500]})
    versions = {"python": sys.version.split()[0]}
    if bench.on_gpu:
        versions |= {"torch": torch.__version__, "cuda": torch.version.cuda, "gpu": torch.cuda.get_device_name()}
    json.dump({"device": flags.device, "versions": versions, "rounds": flags.rounds, "results": results}, open(flags.out, "w"), indent=1)
    print(table(results))
    return 1 if any("error" in r for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
