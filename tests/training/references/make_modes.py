"""Writes modes.json: PyTorch's running statistics of batch normalisation after each of three steps. Run once, with PyTorch from PyPI."""

import json
import pathlib

import torch

torch.manual_seed(3)
N, C, L, MOMENTUM = 6, 3, 5, 0.1
steps = [torch.randn(N, C, L, dtype=torch.float64) * torch.tensor([0.5, 2.0, 1.0]).double().view(1, C, 1) + torch.tensor([1.0, -3.0, 0.2]).double().view(1, C, 1)
         for _ in range(3)]
steps = [x.float().double() for x in steps]
norm = torch.nn.BatchNorm1d(C, eps=1e-5, momentum=MOMENTUM).double().train()
# ONNX's training_mode=1 follows the variance that is divided by n: PyTorch's own function, its variance turned back.
biased = torch.ones(C, dtype=torch.float64)
cases = []
for x in steps:
    y = norm(x)
    biased = (1 - MOMENTUM) * biased + MOMENTUM * torch.var(x, dim=(0, 2), unbiased=False)
    cases.append({"x": x.flatten().tolist(), "mean": norm.running_mean.tolist(), "variance": norm.running_var.tolist(),
                  "biased": biased.tolist(), "loss": (y * y * y).sum().item()})
# The same in a loop over 4 batches a step: h = norm(tanh(h * w + x[t])), and only where the batch's sum is positive. w is
# trained at rate 0.1.
loop = torch.nn.BatchNorm1d(C, eps=1e-5, momentum=MOMENTUM).double().train()
weight = torch.full((N, C), 0.5, dtype=torch.float64, requires_grad=True)
turns = []
for step in range(3):
    x = torch.randn(4, N, C, dtype=torch.float64).float().double()
    h, taken = torch.zeros(N, C, dtype=torch.float64), 0
    for t in range(4):
        h = torch.tanh(h * weight + x[t])
        if x[t].sum() > 0:
            h, taken = loop(h), taken + 1
    value = (h * h * h).sum()
    (gradient,) = torch.autograd.grad(value, weight)
    with torch.no_grad():
        weight -= 0.1 * gradient
    assert 0 < taken < 4
    turns.append({"x": x.flatten().tolist(), "mean": loop.running_mean.tolist(), "variance": loop.running_var.tolist(), "loss": value.item(),
                  "weight": weight.flatten().tolist()})
pathlib.Path(__file__).with_name("modes.json").write_text(json.dumps({"shape": [N, C, L], "steps": cases, "loop": turns}) + "\n")
