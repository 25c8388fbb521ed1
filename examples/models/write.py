#!/usr/bin/env python3
"""Writes the models of this folder: what a framework's module would say, as text that dlc trains.

    write.py               rewrites *.mlir beside this file
    write.py --check       exit code 1 where one of them is not what would be written

Weights start by rules, so the files are small; the batch is a symbol.
"""

import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Value:
    def __init__(self, name, shape, element="f32"):
        self.name, self.shape, self.element = name, list(shape), element

    def type(self):
        sizes = "".join(f"{'?' if s == 'batch' else s}x" for s in self.shape)
        dims = f", #dlc.dims<[{', '.join(map(str, self.shape))}]>" if "batch" in self.shape else ""
        return f"tensor<{sizes}{self.element}{dims}>"


class Graph:
    """Operators in order. Where a method takes `at`, it is the name that errors, remarks and profiles show."""

    def __init__(self, title):
        self.title, self.weights, self.inputs, self.lines, self.count = title, [], [], [], 0

    def input(self, name, shape, element="f32"):
        value = Value(name, shape, element)
        self.inputs.append(f'%{name}: {value.type()} {{dlc.name = "{name}"}}')
        return value

    def weight(self, name, shape, rule, frozen=False):
        value = Value(self.fresh(), shape)
        self.weights.append(f"dlc.weight {'frozen ' if frozen else ''}@{name} : {value.type()} = #dlc.rule<{rule}>")
        self.lines.append(f"  %{value.name} = dlc.get_weight @{name} : {value.type()}")
        return value

    def fresh(self):
        self.count += 1
        return str(self.count - 1)

    def op(self, text, shape, at, element="f32", arrow=None):
        """`text` is the operator up to its types; `arrow` the types of its operands, or None where the result's says all."""
        result = Value(self.fresh(), shape, element)
        types = f"{arrow} -> {result.type()}" if arrow else result.type()
        self.lines.append(f'  %{result.name} = dlc.{text} : {types} loc("{at}")')
        return result

    # --- elementwise ---
    def unary(self, kind, x, at):
        return self.op(f"{kind} %{x.name}", x.shape, at, x.element)

    def binary(self, kind, x, y, at):
        assert x.shape == y.shape, (kind, x.shape, y.shape)
        return self.op(f"{kind} %{x.name}, %{y.name}", x.shape, at, x.element)

    def add(self, x, y, at):
        return self.binary("add", x, y, at)

    def scale(self, x, factor, at):
        scalar = self.op(f"constant dense<{factor:.9e}>", [], at)
        return self.binary("mul", x, self.broadcast(scalar, [], x.shape, at), at)

    # --- movement ---
    def broadcast(self, x, dims, shape, at):
        return self.op(f"broadcast %{x.name} dims = {dims}", shape, at, x.element, x.type())

    def reshape(self, x, shape, at):
        return self.op(f"reshape %{x.name}", shape, at, x.element, x.type())

    def transpose(self, x, perm, at):
        return self.op(f"transpose %{x.name} perm = {perm}", [x.shape[d] for d in perm], at, x.element, x.type())

    def slice(self, x, start, shape, at):
        return self.op(f"slice %{x.name} start = {start} stride = {[1] * len(shape)}", shape, at, x.element, x.type())

    def gather(self, x, indices, axis, at):
        shape = x.shape[:axis] + indices.shape + x.shape[axis + 1:]
        return self.op(f"gather %{x.name}, %{indices.name} axis = {axis}", shape, at, x.element, f"{x.type()}, {indices.type()}")

    # --- sums ---
    def reduce(self, kind, x, dims, at):
        shape = [s for d, s in enumerate(x.shape) if d not in dims]
        return self.op(f"reduce {kind} %{x.name} dims = {dims}", shape, at, x.element, x.type())

    def dot(self, x, y, batch, contract, at):
        free = lambda v, i: [s for d, s in enumerate(v.shape) if d not in batch[i] + contract[i]]
        shape = [x.shape[d] for d in batch[0]] + free(x, 0) + free(y, 1)
        text = f"dot_general %{x.name}, %{y.name} batch = {batch[0]} x {batch[1]} contract = {contract[0]} x {contract[1]}"
        return self.op(text, shape, at, x.element, f"({x.type()}, {y.type()})")

    # --- layers, with PyTorch's first values ---
    def linear(self, x, name, width, bias=True):
        """x times weight [width, in], transposed, over x's last dimension."""
        inner = x.shape[-1]
        w = self.weight(f"{name}.weight", [width, inner], f'"fan_in_uniform", [{inner}.0]')
        y = self.dot(x, w, ([], []), ([len(x.shape) - 1], [1]), name)
        return self.bias(y, name, inner, len(y.shape) - 1) if bias else y

    def bias(self, y, name, fan_in, axis):
        b = self.weight(f"{name}.bias", [y.shape[axis]], f'"fan_in_uniform", [{fan_in}.0]')
        return self.add(y, self.broadcast(b, [axis], y.shape, name), name)

    def conv(self, x, name, channels, window=3, stride=1, pad=None, bias=True):
        """x [N, C, spatial..]; the window and the padding are the same in all directions."""
        space = len(x.shape) - 2
        pad = window // 2 if pad is None else pad
        fan_in = x.shape[1] * window**space
        w = self.weight(f"{name}.weight", [channels, x.shape[1]] + [window] * space, f'"fan_in_uniform", [{fan_in}.0]')
        ones = [1] * space
        shape = [x.shape[0], channels] + [(s + 2 * pad - window) // stride + 1 for s in x.shape[2:]]
        text = (f"conv %{x.name}, %{w.name} strides = {[stride] * space} low = {[pad] * space} high = {[pad] * space} "
                f"lhs_dilation = {ones} rhs_dilation = {ones}")
        y = self.op(text, shape, name, x.element, f"({x.type()}, {w.type()})")
        return self.bias(y, name, fan_in, 1) if bias else y

    def batch_norm(self, x, name, epsilon=1e-5):
        c = [x.shape[1]]
        scale, bias = (self.weight(f"{name}.{n}", c, rule) for n, rule in (("weight", '"constant", [1.0]'), ("bias", '"zeros"')))
        mean, variance = (self.weight(f"{name}.running_{n}", c, rule, frozen=True) for n, rule in
                          (("mean", '"zeros"'), ("var", '"constant", [1.0]')))
        names = ", ".join(f"%{v.name}" for v in (x, scale, bias, mean, variance))
        types = ", ".join(v.type() for v in (x, scale, bias, mean, variance))
        result = Value(self.fresh(), x.shape)
        self.lines.append(f'  %{result.name} = dlc.batch_norm {names} epsilon = {epsilon:.6e} axis = 1 : {types} loc("{name}")')
        return result

    def layer_norm(self, x, name, epsilon=1e-5):
        width = x.shape[-1]
        scale, bias = (self.weight(f"{name}.{n}", [width], rule) for n, rule in (("weight", '"constant", [1.0]'), ("bias", '"zeros"')))
        text = f"layer_norm %{x.name}, %{scale.name}, %{bias.name} epsilon = {epsilon:.6e} axis = {len(x.shape) - 1}"
        result = Value(self.fresh(), x.shape)
        self.lines.append(f'  %{result.name} = dlc.{text} : {x.type()}, {scale.type()} loc("{name}")')
        return result

    def causal(self, scores, at):
        """Scores [.., T, T] where a row may look, else so little that softmax gives 0."""
        length, rank = scores.shape[-1], len(scores.shape)
        row, column = (self.op(f"iota axis = {axis}", [length, length], at, "i32") for axis in (0, 1))
        seen = self.op(f"compare ge %{row.name}, %{column.name}", [length, length], at, "i1", row.type())
        seen = self.broadcast(seen, [rank - 2, rank - 1], scores.shape, at)
        least = self.broadcast(self.op("constant dense<-1.000000e+30>", [], at), [], scores.shape, at)
        result = Value(self.fresh(), scores.shape)
        self.lines.append(f'  %{result.name} = dlc.select %{seen.name}, %{scores.name}, %{least.name} : {seen.type()}, {scores.type()} loc("{at}")')
        return result

    def gelu(self, x, name):
        half = self.scale(x, 0.5, name)
        inner = self.unary("erf", self.scale(x, math.sqrt(0.5), name), name)
        return self.add(half, self.binary("mul", half, inner, name), name)

    def write(self, file, *outputs):
        names = ", ".join(f"%{v.name}" for v, _ in outputs)
        types = ", ".join(v.type() for v, _ in outputs)
        results = ", ".join(f'{v.type()} {{dlc.name = "{n}"}}' for v, n in outputs)
        text = "".join(f"// {line}\n" for line in self.title.split("\n")) + "\n" + "\n".join(self.weights)
        text += f"\n\nfunc.func @main({', '.join(self.inputs)}) -> ({results}) {{\n" + "\n".join(self.lines)
        text += f"\n  return {names} : {types}\n}}\n"
        if sys.argv[1:] != ["--check"]:
            (HERE / file).write_text(text)
        elif (HERE / file).read_text() != text:
            sys.exit(f"{HERE / file} is not what write.py writes")


def resnet():
    g = Graph("A residual network for images of 28 by 28: three stages of 16, 32 and 64 channels. Written by write.py.")
    x = g.input("x", ["batch", 1, 28, 28])
    y = g.unary("relu", g.batch_norm(g.conv(x, "stem", 16, bias=False), "stem.bn"), "stem.relu")
    for stage, channels in enumerate([16, 32, 64], 1):
        name, stride = f"stage{stage}", 1 if stage == 1 else 2
        z = g.unary("relu", g.batch_norm(g.conv(y, f"{name}.conv1", channels, stride=stride, bias=False), f"{name}.bn1"), f"{name}.relu1")
        z = g.batch_norm(g.conv(z, f"{name}.conv2", channels, bias=False), f"{name}.bn2")
        if stride != 1:
            y = g.batch_norm(g.conv(y, f"{name}.short", channels, window=1, stride=stride, bias=False), f"{name}.short.bn")
        y = g.unary("relu", g.add(z, y, f"{name}.add"), f"{name}.relu2")
    pooled = g.scale(g.reduce("sum", y, [2, 3], "pool"), 1 / 49, "pool")
    g.write("resnet.mlir", (g.linear(pooled, "fc", 10), "scores"))


def gpt(layers=4, width=128, heads=4, context=128, symbols=256):
    g = Graph(f"A transformer over bytes: {layers} layers, width {width}, {heads} heads, context {context}. Written by write.py.\n"
              "Its output are scores of the next byte at each place; train it with --loss softmax-cross-entropy,axis=-1.")
    tokens = g.input("tokens", ["batch", context], "i32")
    table = g.weight("embedding", [symbols, width], '"normal", [0.0, 0.02]')
    places = g.weight("places", [context, width], '"normal", [0.0, 0.02]')
    x = g.gather(table, tokens, 0, "embedding")
    x = g.add(x, g.broadcast(places, [1, 2], x.shape, "places"), "places")
    each = width // heads
    for layer in range(layers):
        n = f"layer{layer}"
        qkv = g.linear(g.layer_norm(x, f"{n}.norm1"), f"{n}.qkv", 3 * width)
        qkv = g.reshape(qkv, ["batch", context, 3, heads, each], f"{n}.heads")
        q, k, v = (g.reshape(g.slice(qkv, [0, 0, i, 0, 0], ["batch", context, 1, heads, each], f"{n}.{'qkv'[i]}"),
                             ["batch", context, heads, each], f"{n}.{'qkv'[i]}") for i in range(3))
        scores = g.scale(g.dot(q, k, ([0, 2], [0, 2]), ([3], [3]), f"{n}.scores"), 1 / math.sqrt(each), f"{n}.scores")
        chosen = g.causal(scores, f"{n}.mask")
        shares = g.op(f"softmax %{chosen.name} axis = 3", scores.shape, f"{n}.softmax")
        mixed = g.dot(shares, v, ([0, 1], [0, 2]), ([3], [1]), f"{n}.mix")  # [batch, heads, context, each]
        mixed = g.reshape(g.transpose(mixed, [0, 2, 1, 3], f"{n}.join"), ["batch", context, width], f"{n}.join")
        x = g.add(x, g.linear(mixed, f"{n}.out", width), f"{n}.add1")
        h = g.gelu(g.linear(g.layer_norm(x, f"{n}.norm2"), f"{n}.up", 4 * width), f"{n}.gelu")
        x = g.add(x, g.linear(h, f"{n}.down", width), f"{n}.add2")
    x = g.layer_norm(x, "norm")
    g.write("gpt.mlir", (g.linear(x, "head", symbols, bias=False), "scores"))


if __name__ == "__main__":
    resnet()
    gpt()
