#!/usr/bin/env python3
"""Writes examples.json beside this file: the losses of ten steps of each example in PyTorch.

    make_examples.py [NAME...]      needs torch from PyPI; the file is committed; of the others it keeps what it has
"""

import json
import pathlib
import sys

import networks
import torch

file = pathlib.Path(__file__).parent / "examples.json"
kept = json.loads(file.read_text())["cases"] if sys.argv[1:] else []
torch.manual_seed(0)
cases = []
for name, (model, network, loss, rule, kind, batch, (optimizer, make)) in networks.EXAMPLES.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        cases += [case for case in kept if case["name"] == name]
        continue
    for size in (8, 32):
        parameters, state = networks.weights(model)
        optimize, losses = make(parameters.values()), []
        for step in range(10):
            x, labels = batch(size, step)
            optimize.zero_grad()
            value = loss(network(parameters, state, x), labels)
            value.backward()
            optimize.step()
            losses.append(float(value.detach()))
        cases.append({"name": name, "model": model, "loss": rule, "optimizer": optimizer, "batch": size, "losses": losses,
                      "input": list(x.shape), "labels": list(labels.shape), "kind": kind})
        print(name, size, losses)
text = json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":"))
file.write_text(text.replace('{"name"', '\n{"name"') + "\n")
