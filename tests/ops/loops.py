"""Tests of gradients: of loops and branches, and of what reverse mode treats apart. generate.py imports this last."""

import re

import numpy as np
from cases import case, rng, tests, type_of

# ---- control flow: gradients of loops and branches -------------------------------------------------------------------


def control_case(name, op, inputs, expected):
    """`op` as in `case`, with <t0> for {t0}: bodies are full of braces. All are smooth: their gradients are checked."""
    head, entry, body = op.partition("^bb0")
    op = head + entry + re.sub(r"%(\d)", r"%v\1", body)  # regions are isolated, but names are one space
    case("loops", name, re.sub(r"<([tr]\d)>", r"{\1}", op.replace("{", "{{").replace("}", "}}")), inputs, expected, smooth=True)


S, X, W = (rng.uniform(-0.9, 0.9, shape).astype(np.float32) for shape in [3, (6, 3), (3, 3)])
Z = rng.uniform(0.2, 0.9, (6, 1)).astype(np.float32)
CELL = """    %1 = dlc.dot_general %a, %v batch = [] x [] contract = [0] x [0] : (<t0>, <t3>) -> <t0>
    %2 = dlc.add %1, %x : <t0>
    %3 = dlc.tanh %2 : <t0>
    %4 = dlc.broadcast %z dims = [0] : tensor<1xf32> -> <t0>
    %5 = dlc.mul %3, %4 : <t0>
    %6 = dlc.mul %3, %a : <t0>
"""


def cells(steps, s=S, w=W):
    """The state after each of these steps (forward rows of X, reversed ones of Z), and the two rows that it gives."""
    first, second = np.zeros((6, 3), np.float32), np.zeros((6, 3), np.float32)
    for t in range(steps):
        new = np.tanh(s @ w + X[t])
        first[5 - t], second[t], s = new * Z[5 - t], new * s, new
    return [s, first, second]


control_case("scan", """while(%0, %1, %2, %3) carried = 1 limit = 6 {sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (<t0>, <t1>, <t2>, <t3>) -> (<r0>, <r1>, <r2>) {
  ^bb0(%a: <t0>, %x: <t0>, %z: tensor<1xf32>, %v: <t3>):
""" + CELL + """    dlc.yield %3, %5, %6 : <t0>, <t0>, <t0>
  }""", [S, X, Z, W], cells(6))
# As long as a counter says; rows of steps that do not run are 0, and so are their gradients.
for steps in [4, 6, 0]:
    control_case(f"until_{steps}", """while(%g, %n, %0, %1, %2, %3, %m) carried = 3 limit = 6 {conditional, sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (tensor<i1>, tensor<i64>, <t0>, <t1>, <t2>, <t3>, tensor<i64>) -> (tensor<i1>, tensor<i64>, <r0>, <r1>, <r2>) {
  ^bb0(%g_: tensor<i1>, %n_: tensor<i64>, %a: <t0>, %x: <t0>, %z: tensor<1xf32>, %v: <t3>, %m_: tensor<i64>):
""" + CELL + """    %one = dlc.constant dense<1> : tensor<i64>
    %7 = dlc.add %n_, %one : tensor<i64>
    %8 = dlc.compare lt %7, %m_ : tensor<i64> -> tensor<i1>
    dlc.yield %8, %7, %3, %5, %6 : tensor<i1>, tensor<i64>, <t0>, <t0>, <t0>
  }""", [S, X, Z, W], cells(steps))
    # The counter and what decides are no tensors of floats: they stand before the loop, and only floats are checked.
    text_ = tests["loops"][-1].replace("%r:3 =", "%r:5 =").replace("%r#2,", "%r#4,").replace("%r#1,", "%r#3,").replace("%r#0,", "%r#2,")
    at = text_.index("  %r:5")
    tests["loops"][-1] = text_[:at] + f"""  %n = dlc.constant dense<0> : tensor<i64>
  %m = dlc.constant dense<{steps}> : tensor<i64>
  %g = dlc.compare lt %n, %m : tensor<i64> -> tensor<i1>
""" + text_[at:]
# Values that change places, one that nothing flows to, and one that only passes on.
a, b, c = (rng.uniform(0.5, 1.5, 4).astype(np.float32) for _ in range(3))
x, y, z = a, b, c
for _ in range(7):
    x, y, z = y, z, (x * y).astype(np.float32)
control_case("rotates", """while(%0, %1, %2) carried = 3 limit = 7 : (<t0>, <t0>, <t0>) -> (<t0>, <t0>, <t0>) {
  ^bb0(%a: <t0>, %b: <t0>, %c: <t0>):
    %1 = dlc.mul %a, %b : <t0>
    dlc.yield %b, %c, %1 : <t0>, <t0>, <t0>
  }""", [a, b, c], [x, y, z])
# Loops in loops: the inner one walks over the outer one's row, and its state begins with the outer one's.
XS = rng.uniform(-0.9, 0.9, (5, 7, 3)).astype(np.float32)
s, rows, sums = S, [], []
for row in XS:
    t = s
    for x in row:
        t = np.tanh(t @ W + x)
        rows.append(t * x)
    s = t * s
    sums.append(s)
control_case("nested", """while(%0, %1, %2) carried = 1 limit = 5 {sequences = 1 : i64, reversed = array<i64>}
      : (<t0>, <t1>, <t2>) -> (<r0>, <r1>, <r2>) {
  ^bb0(%a: <t0>, %xs: tensor<7x3xf32>, %v: <t2>):
    %1:2 = dlc.while(%a, %xs, %v) carried = 1 limit = 7 {sequences = 1 : i64} : (<t0>, tensor<7x3xf32>, <t2>) -> (<t0>, tensor<7x3xf32>) {
    ^bb0(%b: <t0>, %x: <t0>, %u: <t2>):
      %2 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (<t0>, <t2>) -> <t0>
      %3 = dlc.add %2, %x : <t0>
      %4 = dlc.tanh %3 : <t0>
      %5 = dlc.mul %4, %x : <t0>
      dlc.yield %4, %5 : <t0>, <t0>
    }
    %6 = dlc.mul %1#0, %a : <t0>
    dlc.yield %6, %6, %1#1 : <t0>, <t0>, tensor<7x3xf32>
  }""", [S, XS, W], [s, np.array(sums), np.array(rows).reshape(5, 7, 3)])
# A branch in a loop, taken in some steps only, and a loop in a branch.
s, rows = S, []
for x in X:
    s = np.tanh(s @ W + x) if x[0] > 0 else (s * x).astype(np.float32)
    rows.append(s)
control_case("branch_inside", """while(%0, %1, %2) carried = 1 limit = 6 {sequences = 1 : i64} : (<t0>, <t1>, <t2>) -> (<r0>, <r1>) {
  ^bb0(%a: <t0>, %x: <t0>, %v: <t2>):
    %1 = dlc.slice %x start = [0] stride = [1] : <t0> -> tensor<1xf32>
    %2 = dlc.reshape %1 : tensor<1xf32> -> tensor<f32>
    %zero = dlc.constant dense<0.0> : tensor<f32>
    %3 = dlc.compare gt %2, %zero : tensor<f32> -> tensor<i1>
    %4 = dlc.if %3(%a, %x, %v) : (tensor<i1>, <t0>, <t0>, <t2>) -> <t0> {
    ^bb0(%b: <t0>, %y: <t0>, %u: <t2>):
      %5 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (<t0>, <t2>) -> <t0>
      %6 = dlc.add %5, %y : <t0>
      %7 = dlc.tanh %6 : <t0>
      dlc.yield %7 : <t0>
    } else {
    ^bb0(%b: <t0>, %y: <t0>, %u: <t2>):
      %5 = dlc.mul %b, %y : <t0>
      dlc.yield %5 : <t0>
    }
    dlc.yield %4, %4 : <t0>, <t0>
  }""", [S, X, W], [s, np.array(rows)])
for taken in [True, False]:
    s = S
    for x in X:
        s = np.tanh(s @ W + x)
    control_case(f"loop_in_branch_{str(taken).lower()}", """if %c(%0, %1, %2) : (tensor<i1>, <t0>, <t1>, <t2>) -> <r0> {
  ^bb0(%a: <t0>, %xs: <t1>, %v: <t2>):
    %1 = dlc.while(%a, %xs, %v) carried = 1 limit = 6 {sequences = 1 : i64} : (<t0>, <t1>, <t2>) -> <t0> {
    ^bb0(%b: <t0>, %x: <t0>, %u: <t2>):
      %2 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (<t0>, <t2>) -> <t0>
      %3 = dlc.add %2, %x : <t0>
      %4 = dlc.tanh %3 : <t0>
      dlc.yield %4 : <t0>
    }
    dlc.yield %1 : <t0>
  } else {
  ^bb0(%a: <t0>, %xs: <t1>, %v: <t2>):
    %1 = dlc.reduce sum %xs dims = [0] : <t1> -> <t0>
    dlc.yield %1 : <t0>
  }""", [S, X, W], s if taken else X.sum(0))
    text_ = tests["loops"][-1]
    at = text_.index("  %r = ")
    tests["loops"][-1] = text_[:at] + f"""  %zero = dlc.constant dense<0.0> : tensor<f32>
  %all = dlc.reduce sum %1 dims = [0, 1] : {type_of(X)} -> tensor<f32>
  %c = dlc.compare {"ge" if (X.sum() >= 0) == taken else "lt"} %all, %zero : tensor<f32> -> tensor<i1>
""" + text_[at:]

# Products with zeros among their factors have gradients as well; extremes give theirs to the element that is picked.
P = np.array([[0.5, -1.25, 2.0, 0.75], [0.5, 0.0, 2.0, -1.5], [0.0, 0.5, 0.0, 1.0]], np.float32)
case("reduction", "prod_gradient", "reduce prod {0} dims = [1] : {t0} -> {r0}", [P], P.prod(1), smooth=True)
case("reduction", "prod_gradient_first", "reduce prod {0} dims = [0] : {t0} -> {r0}", [P], P.prod(0), smooth=True)
case("window", "prod_gradient", "reduce_window prod {0} window = [1, 4] strides = [1, 1] dilation = [1, 1] low = [0, 3] high = [0, 0] : {t0} -> {r0}",
     [P], np.cumprod(P, 1), smooth=True)
case("reduction", "arg_max_gradient", "arg_reduce max {0} axis = 0 : {t0} -> {r0}, {r1}", [S * 2], [np.max(S * 2), np.argmax(S)], smooth=True)
case("reduction", "arg_min_gradient", "arg_reduce min {0} axis = 1 : {t0} -> {r0}, {r1}", [X], [X.min(1), X.argmin(1)], smooth=True)
case("binary", "pow_gradient_zero_exponent", "pow {0}, {1} : {t0}", [np.array([0.7, 1.5]), np.zeros(2)], np.ones(2), smooth=True)
case("composite", "stop_gradient", "stop_gradient {0} : ({t0}) -> {r0}", [S], S)
case("composite", "stop_gradient_instead", "stop_gradient {0} instead {0} : ({t0}, {t0}) -> {r0}", [S], S, smooth=True)

# Many picks: their gradient is summed by sorting. Indices are negative, too, and beyond the end.
X8, steps = rng.uniform(-1, 1, 8).astype(np.float32), np.arange(40000)
index = (steps * steps) % 13 - 3
picked = X8[np.clip(np.where(index < 0, index + 8, index), 0, 7)].astype(np.float64) * np.sin(steps.astype(np.float32))
case("movement", "gather_gradient_many", "reduce sum %e dims = [0] : tensor<40000xf32> -> {r0}", [X8], np.float32(picked.sum()).reshape(()), smooth=True,
     tol=(1e-4, 1e-3), before="""%i = dlc.iota axis = 0 : tensor<40000xi64>
  %i2 = dlc.mul %i, %i : tensor<40000xi64>
  %c13 = dlc.constant dense<13> : tensor<40000xi64>
  %c3 = dlc.constant dense<3> : tensor<40000xi64>
  %m = dlc.rem %i2, %c13 : tensor<40000xi64>
  %n = dlc.sub %m, %c3 : tensor<40000xi64>
  %g = dlc.gather %0, %n axis = 0 : {t0}, tensor<40000xi64> -> tensor<40000xf32>
  %f = dlc.iota axis = 0 : tensor<40000xf32>
  %s = dlc.sin %f : tensor<40000xf32>
  %e = dlc.mul %g, %s : tensor<40000xf32>""")
