#!/usr/bin/env python3
"""Writes finetune.json beside this file: ten steps of mnist_bn on one batch of eight in PyTorch.

    make_finetune.py mnist_bn/model.onnx      needs torch and onnx from PyPI; the file is committed
"""

import json
import pathlib
import sys

import networks
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

values = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in onnx.load(sys.argv[1]).graph.initializer}
state = {n: v for n, v in values.items() if "running" in n}
p = {n: torch.nn.Parameter(v) for n, v in values.items() if n.rsplit(".", 1)[-1] in ("weight", "bias")}


def network(x):
    for i in (1, 2, 3):
        x = F.relu(F.conv2d(x, p[f"conv{i}.weight"], p[f"conv{i}.bias"]))
    x = F.relu(networks.linear(p, "fc1", networks.norm(p, state, "norm1", x).flatten(1)))
    return F.log_softmax(networks.norm(p, state, "norm2", networks.linear(p, "fc2", x)), 1)


x, labels = networks.images(8, [1, 28, 28], 0)
optimizer, losses = torch.optim.SGD(p.values(), 0.001, 0.9), []
for _ in range(10):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(x), labels)
    loss.backward()
    optimizer.step()
    losses.append(float(loss.detach()))
print(losses)
text = json.dumps({"torch": torch.__version__, "optimizer": "sgd,lr=0.001,momentum=0.9", "losses": losses})
(pathlib.Path(__file__).parent / "finetune.json").write_text(text + "\n")
