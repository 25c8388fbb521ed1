"""Cases of ai.onnx.preview.training's Gradient through If, Loop and Scan; what is expected is PyTorch's.

    gradients.py FOLDER --pack gradients.tar.xz     needs onnx and PyTorch (PyPI)
"""

import argparse

import layout
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

F, B, I = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64
rng = np.random.default_rng(7)


def ports(**arrays):
    return [layout.value_info(name, array) for name, array in arrays.items()]


def graph(name, nodes, inputs, outputs, initializers=()):
    return helper.make_graph(nodes, name, inputs, outputs, [onnx.numpy_helper.from_array(v, n) for n, v in initializers])


def gradient(y, xs, outputs):
    return helper.make_node("Gradient", xs, outputs, name="gradient", domain="ai.onnx.preview.training", xs=xs, y=y)


def case(folder, name, nodes, inputs, outputs, initializers):
    """`outputs`: by name, as PyTorch has them."""
    model = helper.make_model(graph(name, nodes, ports(**inputs), ports(**outputs), initializers.items()),
                              opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.preview.training", 1)], ir_version=8)
    onnx.checker.check_model(model)
    layout.write(folder / name, model, list(inputs.values()), list(outputs.values()))


def tensors(*arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def arrays(values):
    return {name: value.detach().numpy() for name, value in values.items()}


def branch(folder, positive):
    x = rng.normal(size=(3, 4)).astype(np.float32) + (1 if positive else -1)
    w = rng.normal(size=(4, 4)).astype(np.float32)
    t, v = tensors(x, w)
    y = torch.sum(torch.tanh(t @ v) * t) if x.sum() > 0 else torch.sum(t * t * t)
    dx, dw = torch.autograd.grad(y, [t, v], allow_unused=True)
    body = lambda nodes: graph("body", nodes, [], [helper.make_tensor_value_info("r", F, [3, 4])])
    yes = body([helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Tanh", ["m"], ["t"]), helper.make_node("Mul", ["t", "x"], ["r"])])
    no = body([helper.make_node("Mul", ["x", "x"], ["s"]), helper.make_node("Mul", ["s", "x"], ["r"])])
    nodes = [helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0), helper.make_node("Greater", ["sum", "zero"], ["go"]),
             helper.make_node("If", ["go"], ["b"], then_branch=yes, else_branch=no), helper.make_node("ReduceSum", ["b"], ["y"], keepdims=0),
             gradient("y", ["x", "w"], ["dx", "dw"])]
    case(folder, f"if_{'then' if positive else 'else'}", nodes, {"x": x},
         arrays({"y": y, "dx": dx, "dw": dw if dw is not None else torch.zeros(4, 4)}), {"w": w, "zero": np.float32(0)})


def loop(folder):
    h, x, w = rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=(3, 3)).astype(np.float32)
    t, u, v = tensors(h, x, w)
    state = t
    for _ in range(9):
        state = torch.tanh(state @ v + u)
    y = torch.sum(state * state)
    dh, dx, dw = torch.autograd.grad(y, [t, u, v])
    body = graph("body", [helper.make_node("MatMul", ["a", "w"], ["m"]), helper.make_node("Add", ["m", "x"], ["s"]), helper.make_node("Tanh", ["s"], ["b"]),
                          helper.make_node("Identity", ["go"], ["on"])],
                 [helper.make_tensor_value_info("i", I, []), helper.make_tensor_value_info("go", B, []), helper.make_tensor_value_info("a", F, [2, 3])],
                 [helper.make_tensor_value_info("on", B, []), helper.make_tensor_value_info("b", F, [2, 3])])
    nodes = [helper.make_node("Loop", ["trips", "", "h"], ["last"], body=body), helper.make_node("Mul", ["last", "last"], ["squares"]),
             helper.make_node("ReduceSum", ["squares"], ["y"], keepdims=0), gradient("y", ["h", "x", "w"], ["dh", "dx", "dw"])]
    case(folder, "loop", nodes, {"h": h, "x": x}, arrays({"y": y, "dh": dh, "dx": dx, "dw": dw}), {"w": w, "trips": np.int64(9)})


def scan(folder):
    """A recurrence with a branch in its body: what a step adds depends on the sign of its row."""
    h, xs, w = rng.normal(size=(3,)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32), rng.normal(size=(3, 3)).astype(np.float32)
    t, u, v = tensors(h, xs, w)
    state, rows = t, []
    for row in u:
        state = torch.tanh(state @ v) + (row if row.sum() > 0 else row * row)
        rows.append(state)
    y = torch.sum(torch.stack(rows) ** 2) + torch.sum(state)
    dh, dxs, dw = torch.autograd.grad(y, [t, u, v])
    body_of = lambda nodes: graph("side", nodes, [], [helper.make_tensor_value_info("r", F, [3])])
    yes, no = body_of([helper.make_node("Identity", ["row"], ["r"])]), body_of([helper.make_node("Mul", ["row", "row"], ["r"])])
    body = graph("body", [helper.make_node("MatMul", ["a", "w"], ["m"]), helper.make_node("Tanh", ["m"], ["t"]),
                          helper.make_node("ReduceSum", ["row"], ["sum"], keepdims=0), helper.make_node("Greater", ["sum", "zero"], ["go"]),
                          helper.make_node("If", ["go"], ["side"], then_branch=yes, else_branch=no), helper.make_node("Add", ["t", "side"], ["b"]),
                          helper.make_node("Identity", ["b"], ["out"])],
                 [helper.make_tensor_value_info("a", F, [3]), helper.make_tensor_value_info("row", F, [3])],
                 [helper.make_tensor_value_info("b", F, [3]), helper.make_tensor_value_info("out", F, [3])])
    nodes = [helper.make_node("Scan", ["h", "xs"], ["last", "rows"], body=body, num_scan_inputs=1), helper.make_node("Mul", ["rows", "rows"], ["squares"]),
             helper.make_node("ReduceSum", ["squares"], ["p"], keepdims=0), helper.make_node("ReduceSum", ["last"], ["q"], keepdims=0),
             helper.make_node("Add", ["p", "q"], ["y"]), gradient("y", ["h", "xs", "w"], ["dh", "dxs", "dw"])]
    case(folder, "scan_with_a_branch", nodes, {"h": h, "xs": xs}, arrays({"y": y, "dh": dh, "dxs": dxs, "dw": dw}), {"w": w, "zero": np.float32(0)})


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--pack")
flags = parser.parse_args()
folder = layout.fresh(flags.folder)
branch(folder, True)
branch(folder, False)
loop(folder)
scan(folder)
if flags.pack:
    layout.pack(folder, flags.pack)
