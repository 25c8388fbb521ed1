"""A model's graph as text: operators in order, layers with PyTorch's first values."""

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

    def concat(self, values, axis, at):
        shape = list(values[0].shape)
        shape[axis] = sum(v.shape[axis] for v in values)
        names, types = (", ".join(part) for part in ([f"%{v.name}" for v in values], [v.type() for v in values]))
        return self.op(f"concat {names} axis = {axis}", shape, at, values[0].element, types)

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

    def zeros(self, shape, at):
        return self.broadcast(self.op("constant dense<0.000000e+00>", [], at), [], shape, at)

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

    def conv_up(self, x, name, channels):
        """Twice as large in all directions: each element becomes a window of two, weight [channels, C, 2..] times it."""
        space = len(x.shape) - 2
        w = self.weight(f"{name}.weight", [channels, x.shape[1]] + [2] * space, f'"fan_in_uniform", [{x.shape[1]}.0]')
        ones = [1] * space
        text = f"conv %{x.name}, %{w.name} strides = {ones} low = {ones} high = {ones} lhs_dilation = {[2] * space} rhs_dilation = {ones}"
        y = self.op(text, [x.shape[0], channels] + [2 * s for s in x.shape[2:]], name, x.element, f"({x.type()}, {w.type()})")
        return self.bias(y, name, x.shape[1], 1)

    def max_pool(self, x, at):
        """The greatest of two in all directions."""
        rank = len(x.shape)
        window, zeros = [1, 1] + [2] * (rank - 2), [0] * rank
        text = f"reduce_window max %{x.name} window = {window} strides = {window} dilation = {[1] * rank} low = {zeros} high = {zeros}"
        return self.op(text, x.shape[:2] + [s // 2 for s in x.shape[2:]], at, x.element, x.type())

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

    # --- loops over x [batch, time, ..], from states of zeros to their rows [batch, time, width] ---
    def scan(self, share, captures, states, width, step, at):
        """step(row of share, captures, states) gives the next states, the first of which is the row that is handed out."""
        batch, time, gates = share.shape
        rows, first = self.transpose(share, [1, 0, 2], at), self.zeros([batch, width], at)
        name, states = self.fresh(), [Value(self.fresh(), first.shape) for _ in range(states)]
        row, weights = Value(self.fresh(), [batch, gates]), [Value(self.fresh(), v.shape) for v in captures]
        operands = [first] * len(states) + [rows] + captures
        result = Value(f"{name}#{len(states)}", [time, batch, width])
        types = ", ".join(v.type() for v in operands)
        results = ", ".join([first.type()] * len(states) + [result.type()])
        self.lines.append(f"  %{name}:{len(states) + 1} = dlc.while({', '.join(f'%{v.name}' for v in operands)}) carried = {len(states)} "
                          f"limit = {time} {{sequences = 1 : i64}} : ({types}) -> ({results}) {{")
        arguments = ", ".join(f"%{v.name}: {v.type()}" for v in states + [row] + weights)
        self.lines.append(f"  ^bb0({arguments}):")
        begin = len(self.lines)
        nexts = step(row, weights, states)
        self.lines[begin:] = ["  " + line for line in self.lines[begin:]]
        nexts.append(nexts[0])
        self.lines.append(f"    dlc.yield {', '.join(f'%{v.name}' for v in nexts)} : {', '.join(v.type() for v in nexts)}")
        self.lines.append(f'  }} loc("{at}")')
        return self.transpose(result, [1, 0, 2], at)

    def gate(self, x, number, width, at):
        return self.slice(x, [0, number * width], [x.shape[0], width], at)

    def recurrent_weight(self, name, rows, inner, width):
        return self.weight(name, [rows, inner] if inner else [rows], f'"fan_in_uniform", [{width}.0]')

    def lstm(self, x, name, width):
        """PyTorch's gates: input, forget, cell, output; one bias."""
        w, b, r = (self.recurrent_weight(f"{name}.{n}", 4 * width, inner, width)
                   for n, inner in (("weight_ih", x.shape[-1]), ("bias", 0), ("weight_hh", width)))
        share = self.dot(x, w, ([], []), ([2], [1]), name)
        share = self.add(share, self.broadcast(b, [2], share.shape, name), name)

        def step(row, captures, states):
            h, c = states
            gates = self.add(row, self.dot(h, captures[0], ([], []), ([1], [1]), name), name)
            i, f, g, o = (self.unary("tanh" if k == 2 else "logistic", self.gate(gates, k, width, name), name) for k in range(4))
            c = self.add(self.binary("mul", f, c, name), self.binary("mul", i, g, name), name)
            return [self.binary("mul", o, self.unary("tanh", c, name), name), c]

        return self.scan(share, [r], 2, width, step, name)

    def gru(self, x, name, width):
        """PyTorch's gates: reset, update, new; the second bias counts inside of what is reset."""
        w, b, r, rb = (self.recurrent_weight(f"{name}.{n}", 3 * width, inner, width)
                       for n, inner in (("weight_ih", x.shape[-1]), ("bias_ih", 0), ("weight_hh", width), ("bias_hh", 0)))
        share = self.dot(x, w, ([], []), ([2], [1]), name)
        share = self.add(share, self.broadcast(b, [2], share.shape, name), name)

        def step(row, captures, states):
            h = states[0]
            own = self.dot(h, captures[0], ([], []), ([1], [1]), name)
            own = self.add(own, self.broadcast(captures[1], [1], own.shape, name), name)
            reset, update = (self.unary("logistic", self.add(self.gate(row, k, width, name), self.gate(own, k, width, name), name), name)
                             for k in range(2))
            new = self.add(self.gate(row, 2, width, name), self.binary("mul", reset, self.gate(own, 2, width, name), name), name)
            new = self.unary("tanh", new, name)
            return [self.add(new, self.binary("mul", update, self.binary("sub", h, new, name), name), name)]

        return self.scan(share, [r, rb], 1, width, step, name)

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
