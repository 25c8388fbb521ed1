"""Gradients of combinations of operators that nobody thought of: small graphs drawn by a seed, of odd sizes and of sizes 1, each
node beside central differences in f64 (dlc check --gradients).

    random_gradients.py DLC [COUNT [FIRST]]     COUNT graphs, of seeds FIRST and those behind it
"""

import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile


def tensor(shape, kind="f32"):
    return "tensor<" + "".join(f"{n}x" for n in shape) + kind + ">"


class Graph:
    """Text of a function; `made` are values and their shapes, the newest last."""

    def __init__(self, seed):
        self.r, self.lines, self.made, self.n = random.Random(seed), [], [], 0
        self.inputs = []
        self.depth = 0

    def input(self, shape):
        self.inputs.append(shape)
        return self.have(f"%in{len(self.inputs) - 1}", shape)

    def have(self, name, shape):
        self.made.append((name, list(shape)))
        return name

    def op(self, text, shape, kind="f32", results=1):
        """Adds an operator; its first result is `shape`."""
        name = f"%{self.n}"
        self.n += 1
        self.lines.append("  " * self.depth + f"  {name}{f':{results}' if results > 1 else ''} = dlc.{text}")
        first = name + "#0" if results > 1 else name
        if kind == "f32":
            self.have(first, shape)
        return first

    def constant(self, values, shape, kind):
        for size in reversed(shape):
            values = [values[i:i + size] for i in range(0, len(values), size)] if size else values
        return self.op(f"constant dense<{values[0] if values else '[]'}> : {tensor(shape, kind)}", shape, "constant")

    def full(self, value, shape):
        return self.op(f"constant dense<{value}> : {tensor(shape)}", shape, "constant")

    def size(self):
        return self.r.choice([1, 1, 2, 3, 3, 4, 5, 7])

    def pick(self, rank=None, most=400):
        """A value, likely a new one, of at most so many elements; an input where there is none."""
        fits = [v for v in self.made if (len(v[1]) in rank if rank else v[1]) and count(v[1]) <= most]
        if not fits or self.r.random() < 0.1:
            shape = [self.size() for _ in range(self.r.choice(rank or [1, 2, 3, 4]))]
            while count(shape) > most:
                shape[self.r.randrange(len(shape))] = 1
            return self.input(shape), shape
        return fits[max(self.r.randrange(len(fits)), self.r.randrange(len(fits)))]

    def bounded(self, x, shape):
        return self.op(f"{self.r.choice(['tanh', 'softsign', 'logistic'])} {x} : {tensor(shape)}", shape)

    def positive(self, x, shape):
        half = self.full(0.5, shape)
        return self.op(f"add {self.op(f'abs {x} : {tensor(shape)}', shape)}, {half} : {tensor(shape)}", shape)

    def apart(self, x, shape):
        """x and a little of something else, so that no elements are equal: extremes of equal ones have no gradient."""
        return self.op(f"add {x}, {self.input(shape)} : {tensor(shape)}", shape)

    def text(self):
        # Everything that nobody read is an output.
        body = "\n".join(self.lines)
        outputs = [(v, s) for v, s in self.made if not re.search(re.escape(v) + r"\b", body.replace(f"  {v} =", "", 1))]
        ins = ", ".join(f"%in{i}: {tensor(s)}" for i, s in enumerate(self.inputs))
        types = ", ".join(tensor(s) for _, s in outputs)
        return f"func.func @main({ins}) -> ({types}) {{\n{body}\n  return {', '.join(v for v, _ in outputs)} : {types}\n}}\n"


def count(shape):
    n = 1
    for size in shape:
        n *= size
    return n


def unary(g):
    x, s = g.pick()
    kind = g.r.choice(["neg", "abs", "exp", "expm1", "tanh", "logistic", "softsign", "erf", "sin", "cos", "relu", "sqrt", "log", "rsqrt", "reciprocal", "log1p"])
    if kind in ("sqrt", "log", "rsqrt", "reciprocal", "log1p"):
        x = g.positive(x, s)
    if kind in ("exp", "expm1"):
        x = g.bounded(x, s)
    g.op(f"{kind} {x} : {tensor(s)}", s)


def broadcast(g, x, s, to):
    """x, whose sizes are those of `to` from the end or 1, in that shape."""
    dims = list(range(len(to) - len(s), len(to)))
    return g.op(f"broadcast {x} dims = {dims} : {tensor(s)} -> {tensor(to)}", to)


def binary(g):
    x, s = g.pick()
    less = [n if g.r.random() < 0.6 else 1 for n in s[g.r.randrange(len(s)):]]
    same = [v for v, shape in g.made if shape == less and v != x]
    y = broadcast(g, g.r.choice(same) if same else g.input(less), less, s)
    kind = g.r.choice(["add", "sub", "mul", "div", "max", "min", "pow", "select", "rem"])
    if kind in ("div", "pow", "rem"):
        y = g.positive(y, s)
    if kind == "pow":
        x = g.positive(x, s)
    if kind == "select":
        c = g.op(f"compare {g.r.choice(['lt', 'ge'])} {x}, {y} : {tensor(s)} -> {tensor(s, 'i1')}", s, "i1")
        g.op(f"select {c}, {y}, {x} : {tensor(s, 'i1')}, {tensor(s)}", s)
    else:
        g.op(f"{kind} {x}, {y} : {tensor(s)}", s)


def reduce(g):
    x, s = g.pick()
    dims = sorted(g.r.sample(range(len(s)), g.r.randint(1, len(s))))
    left = [n for i, n in enumerate(s) if i not in dims]
    kind = g.r.choice(["sum", "max", "min", "prod", "arg"])
    x = g.apart(x, s)
    if kind == "arg":
        left = [n for i, n in enumerate(s) if i != dims[0]]
        g.op(f"arg_reduce {g.r.choice(['max', 'min'])} {x} axis = {dims[0]} : {tensor(s)} -> {tensor(left)}, {tensor(left, 'i64')}", left, results=2)
    else:
        g.op(f"reduce {kind} {x} dims = {dims} : {tensor(s)} -> {tensor(left)}", left)


def windows(g, sizes):
    """Attributes of windows along these dimensions, and how many there are."""
    out = []
    for n in sizes:
        k, stride, dilation = g.r.randint(1, 3), g.r.randint(1, 3), g.r.choice([1, 1, 2])
        low, high = g.r.randint(-1 if n > 3 else 0, dilation * (k - 1)), g.r.randint(0, dilation * (k - 1))
        if n + low + high < dilation * (k - 1) + 1:
            k, dilation = 1, 1
            low, high = 0, 0
        out.append((k, stride, dilation, low, high, (n + low + high - dilation * (k - 1) - 1) // stride + 1))
    return [list(v) for v in zip(*out)]


def pool(g):
    x, s = g.pick()
    x = g.apart(x, s)
    k, stride, dilation, low, high, size = windows(g, s)
    g.op(f"reduce_window {g.r.choice(['sum', 'max', 'max', 'min', 'prod'])} {x} window = {k} strides = {stride} dilation = {dilation} low = {low} "
         f"high = {high} : {tensor(s)} -> {tensor(size)}", size)


def conv(g):
    x, s = g.pick([3, 4, 5], 150)
    last, groups = g.r.random() < 0.3, g.r.choice([1, 1, 2, 3])
    channels, spatial = (s[-1], s[1:-1]) if last else (s[1], s[2:])
    groups = groups if channels % groups == 0 else 1
    lhs = [g.r.choice([1, 1, 1, 2]) for _ in spatial]
    k, stride, dilation, low, high, size = windows(g, [d * (n - 1) + 1 for d, n in zip(lhs, spatial)])
    o = groups * g.r.randint(1, 3)
    shape = [o, *k, channels // groups] if last else [o, channels // groups, *k]
    result = [s[0], *size, o] if last else [s[0], o, *size]
    attrs = f" {{groups = {groups} : i64, channels_last = {str(last).lower()}}}"
    g.op(f"conv {x}, {g.input(shape)} strides = {stride} low = {low} high = {high} lhs_dilation = {lhs} rhs_dilation = {dilation}{attrs} : "
         f"({tensor(s)}, {tensor(shape)}) -> {tensor(result)}", result)


def dot(g):
    x, s = g.pick(None, 150)
    dims = list(range(len(s)))
    g.r.shuffle(dims)
    batch, summed = sorted(dims[:g.r.randint(0, 1)]), dims[1:1 + g.r.randint(0, 2)]
    # The other one: what is shared, and a dimension of its own, in any order.
    other = [("b", d) for d in batch] + [("k", d) for d in summed] + [("f", g.size())]
    g.r.shuffle(other)
    shape = [v if w == "f" else s[v] for w, v in other]
    at = {v: i for i, (w, v) in enumerate(other) if w != "f"}
    free = [v for w, v in other if w == "f"]
    result = [s[d] for d in batch] + [n for d, n in enumerate(s) if d not in batch and d not in summed] + free
    g.op(f"dot_general {x}, {g.input(shape)} batch = {batch} x {[at[d] for d in batch]} contract = {summed} x {[at[d] for d in summed]} : "
         f"({tensor(s)}, {tensor(shape)}) -> {tensor(result)}", result)


def move(g):
    x, s = g.pick()
    kind = g.r.choice(["transpose", "reshape", "slice", "pad", "concat", "gather", "sort", "scatter" if count(s) <= 120 else "sort"])
    if kind == "transpose":
        perm = g.r.sample(range(len(s)), len(s))
        g.op(f"transpose {x} perm = {perm} : {tensor(s)} -> {tensor([s[p] for p in perm])}", [s[p] for p in perm])
    elif kind == "reshape":
        to = g.r.choice([[count(s)], [1] + s, s + [1], [count(s[:1]), count(s[1:])]])
        g.op(f"reshape {x} : {tensor(s)} -> {tensor(to)}", to)
    elif kind == "slice":
        step = [g.r.choice([1, 2, -1, -2]) for _ in s]
        kept = [g.r.randint(1, (n - 1) // abs(d) + 1) for n, d in zip(s, step)]
        start = [g.r.randint(0, n - 1 - (k - 1) * d) if d > 0 else g.r.randint((k - 1) * -d, n - 1) for n, d, k in zip(s, step, kept)]
        g.op(f"slice {x} start = {start} stride = {step} : {tensor(s)} -> {tensor(kept)}", kept)
    elif kind == "pad":
        low, high, inner = ([g.r.randint(a, b) for _ in s] for a, b in [(-1, 2), (0, 2), (0, 1)])
        low = [0 if n == 1 else a for n, a in zip(s, low)]
        to = [n + (n - 1) * i + a + b for n, a, b, i in zip(s, low, high, inner)]
        g.op(f"pad {x}, {g.input([])} low = {low} high = {high} interior = {inner} : {tensor(s)}, tensor<f32> -> {tensor(to)}", to)
    elif kind == "concat":
        axis = g.r.randrange(len(s))
        more = [n if i != axis else g.size() for i, n in enumerate(s)]
        to = [n + (m if i == axis else 0) for i, (n, m) in enumerate(zip(s, more))]
        g.op(f"concat {x}, {g.input(more)}, {x} axis = {axis} : {tensor(s)}, {tensor(more)}, {tensor(s)} -> "
             f"{tensor([n + (s[i] if i == axis else 0) for i, n in enumerate(to)])}", [n + (s[i] if i == axis else 0) for i, n in enumerate(to)])
    elif kind == "gather":
        axis, shape = g.r.randrange(len(s)), [g.size() for _ in range(g.r.randint(0, 2))]
        index = g.constant([g.r.randint(-s[axis], s[axis] - 1) for _ in range(count(shape))], shape, "i64")
        to = s[:axis] + shape + s[axis + 1:]
        g.op(f"gather {x}, {index} axis = {axis} : {tensor(s)}, {tensor(shape, 'i64')} -> {tensor(to)}", to)
    elif kind == "sort":
        to = s[:-1] + [g.r.randint(1, s[-1])]
        x = g.apart(x, s)
        g.op(f"sort {x} {g.r.choice(['', 'descending '])}: ({tensor(s)}) -> ({tensor(to)}, {tensor(to, 'i64')})", to, results=2)
    else:
        length = s[-1] + g.r.randint(0, 3)
        index = g.constant([i for _ in range(count(s[:-1])) for i in g.r.sample(range(length), s[-1])], s, "i64")
        g.op(f"scatter {x} at {index} : ({tensor(s)}, {tensor(s, 'i64')}) -> {tensor(s[:-1] + [length])}", s[:-1] + [length])


def norm(g):
    x, s = g.pick([2, 3, 4])
    kind, axis = g.r.choice(["softmax", "log_softmax", "layer_norm", "batch_norm", "batch_norm_training"]), g.r.randrange(len(s))
    if kind.endswith("softmax"):
        g.op(f"{kind} {x} axis = {axis} : {tensor(s)}", s)
        return
    c = s[axis:] if kind == "layer_norm" else [s[axis]]
    scale, bias = g.input(c), g.input(c)
    if kind == "batch_norm":
        variance = g.positive(g.input(c), c)
        g.op(f"batch_norm {x}, {scale}, {bias}, {g.input(c)}, {variance} epsilon = 0.01 axis = {axis} : {', '.join([tensor(s)] + [tensor(c)] * 4)}", s)
    else:
        results = 3 if kind == "batch_norm_training" else 1
        g.op(f"{kind} {x}, {scale}, {bias} epsilon = 0.01 axis = {axis} : {tensor(s)}, {tensor(c)}", s, results=results)


def attention(g):
    x, s = g.pick([3], 100)
    n, t, d = s
    keys, h = g.size(), g.size()
    k, v = g.input([n, keys, d]), g.input([n, keys, h])
    scores = g.op(f"dot_general {x}, {k} batch = [0] x [0] contract = [2] x [2] : ({tensor(s)}, {tensor([n, keys, d])}) -> {tensor([n, t, keys])}", [n, t, keys])
    p = g.op(f"softmax {scores} axis = 2 : {tensor([n, t, keys])}", [n, t, keys])
    g.op(f"dot_general {p}, {v} batch = [0] x [0] contract = [2] x [1] : ({tensor([n, t, keys])}, {tensor([n, keys, h])}) -> {tensor([n, t, h])}", [n, t, h])


def loss(g):
    x, s = g.pick([2])
    labels = g.constant([g.r.randrange(s[1]) for _ in range(s[0])], [s[0]], "i64")
    g.op(f"softmax_cross_entropy {x}, {labels} : {tensor(s)}, {tensor([s[0]], 'i64')} -> tensor<f32>", [])


def inside(g, arguments, body, result):
    """A region's text: a few operators on its arguments that end in `result`'s shape."""
    outer, g.made, g.depth = g.made, [], g.depth + 1
    inputs = len(g.inputs)
    for a, s in arguments:
        g.have(a, s)
    value = body(g)
    assert len(g.inputs) == inputs, "a body takes no inputs"
    g.lines.append("  " * g.depth + f"  dlc.yield {value} : {tensor(result)}")
    g.made, g.depth = outer, g.depth - 1


def cell(g, a, x, w, s):
    """A step of a recurrent network on [n, d]; pooling, sorting or a norm now and then."""
    y = g.op(f"dot_general {a}, {w} batch = [] x [] contract = [1] x [0] : ({tensor(s)}, {tensor([s[1], s[1]])}) -> {tensor(s)}", s)
    y = g.op(f"add {y}, {x} : {tensor(s)}", s)
    kind = g.r.choice(["", "pool", "sort", "softmax", "mul", "prod"])
    if kind == "pool":
        y = g.op(f"reduce_window max {y} window = [2, 2] strides = [1, 1] dilation = [1, 1] low = [1, 0] high = [0, 1] : {tensor(s)} -> {tensor(s)}", s)
    elif kind == "sort":
        y = g.op(f"sort {y} descending : ({tensor(s)}) -> ({tensor(s)}, {tensor(s, 'i64')})", s, results=2)
    elif kind == "softmax":
        y = g.op(f"softmax {y} axis = 1 : {tensor(s)}", s)
    elif kind == "mul":
        y = g.op(f"mul {y}, {a} : {tensor(s)}", s)
    elif kind == "prod":
        y = g.bounded(y, s)
        y = g.op(f"mul {y}, {broadcast(g, g.op(f'reduce prod {y} dims = [0] : {tensor(s)} -> {tensor(s[1:])}', s[1:]), s[1:], s)} : {tensor(s)}", s)
    return g.bounded(y, s)


def loop(g):
    x, s = g.pick([2], 30)
    steps, rows, square = g.size(), g.r.random() < 0.5, [s[1], s[1]]
    xs, w, k = g.input([steps] + s), g.input(square), g.n
    g.n += 1
    types = [tensor(s)] + [tensor([steps] + s)] * rows
    back = [i for i in range(1 + rows) if g.r.random() < 0.4]
    attrs = "sequences = 1 : i64" + (f", reversed = array<i64: {', '.join(map(str, back))}>" if back else "")
    g.lines.append("  " * g.depth + f"  %{k}:{1 + rows} = dlc.while({x}, {xs}, {w}) carried = 1 limit = {steps} {{{attrs}}} : "
                   f"({tensor(s)}, {tensor([steps] + s)}, {tensor(square)}) -> ({', '.join(types)}) {{")
    g.lines.append(f"  ^bb0(%a{k}: {tensor(s)}, %x{k}: {tensor(s)}, %w{k}: {tensor(square)}):")
    inside(g, [(f"%a{k}", s)], lambda g: cell(g, f"%a{k}", f"%x{k}", f"%w{k}", s), s)
    if rows:
        g.lines[-1] = re.sub(r"yield (\S+) : (.*)", r"yield \1, \1 : \2, \2", g.lines[-1])
    g.lines.append("  }")
    g.have(f"%{k}#0", s)
    if rows:
        g.have(f"%{k}#1", [steps] + s)


def branch(g):
    x, s = g.pick([2], 60)
    w, square, k = g.input([s[1], s[1]]), [s[1], s[1]], g.n
    total = g.op(f"reduce sum {x} dims = [0, 1] : {tensor(s)} -> tensor<f32>", [])
    c = g.op(f"compare {g.r.choice(['gt', 'le'])} {total}, {g.full(0.0, [])} : tensor<f32> -> tensor<i1>", [], "i1")
    k, g.n = g.n, g.n + 1
    g.lines.append(f"  %{k} = dlc.if {c}({x}, {w}) : (tensor<i1>, {tensor(s)}, {tensor(square)}) -> {tensor(s)} {{")
    for side in "ab":
        g.lines.append(f"  ^bb0(%{side}{k}: {tensor(s)}, %w{side}{k}: {tensor(square)}):")
        inside(g, [(f"%{side}{k}", s)], lambda g: cell(g, f"%{side}{k}", f"%{side}{k}", f"%w{side}{k}", s), s)
        g.lines.append("  } else {" if side == "a" else "  }")
    g.have(f"%{k}", s)


STEPS = [unary, unary, binary, binary, reduce, pool, pool, conv, conv, dot, move, move, move, norm, attention, loss, loop, branch]


def draw(seed):
    g = Graph(seed)
    for _ in range(g.r.randint(6, 14)):
        g.r.choice(STEPS)(g)
    return g.text()


if __name__ == "__main__":
    dlc, graphs, first = os.path.abspath(sys.argv[1]), int((sys.argv[2:] or ["8"])[0]), int((sys.argv[3:] or ["0"])[0])
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="dlc-gradients-") as place:
        for seed in range(first, first + graphs):
            model = pathlib.Path(place, f"seed{seed}.mlir")
            model.write_text(draw(seed))
            done = subprocess.run([dlc, "check", model, "--gradients", "--seed", str(seed)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                wrong += 1
                print(f"seed {seed}: exit code {done.returncode}\n{done.stdout}\n{model.read_text()}")
    print(f"{graphs - wrong} of {graphs} graphs have the gradients of central differences")
    sys.exit(1 if wrong else 0)
