#!/usr/bin/env python3
"""Writes losses.json and optimizers.json beside this file: what PyTorch makes of the losses and optimizers that dlc names.

    make_rules.py          needs torch from PyPI; the files are committed

What PyTorch has no name for (LAMB, Lion, schedules by steps; focal loss and Dice in rules.py) is written out from its paper, in f64.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from rules import ctc, dice, focal

HERE = pathlib.Path(__file__).resolve().parent
generator = torch.Generator().manual_seed(7)


def normal(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float32)


def integers(below, *shape):
    return torch.randint(below, shape, generator=generator, dtype=torch.int32)


def flat(tensor):
    return [float(v) for v in tensor.detach().double().flatten()]


# --- losses: [text, output, labels, function of both] ---

def losses():
    scores, images, text = normal(6, 5) * 3, normal(2, 4, 3, 3), normal(2, 7, 5)
    labels, pixels, letters = integers(5, 6), integers(4, 2, 3, 3), integers(5, 2, 7)
    ignored = labels.clone()
    ignored[::2] = -100
    zeros = torch.zeros(3, 4)
    soft = torch.softmax(normal(6, 5), 1)
    sharp = torch.eye(5)[labels.long()]
    bits, masks = integers(2, 6, 5).float(), integers(2, 2, 4, 3, 3).float()
    speech = normal(5, 9, 5) * 2
    # Repeated labels, a text of none, one that nine steps are just enough for.
    spelled = torch.tensor([[1, 2, 3, 4], [2, 2, -1, -1], [3, -1, -1, -1], [-1, -1, -1, -1], [1, 1, 1, 1]], dtype=torch.int32)
    last = lambda f: (lambda x, y: f(x.movedim(-1, 1), y))
    cross = lambda **k: (lambda x, y: F.cross_entropy(x, y.long(), **k))
    return [
        ["softmax-cross-entropy", scores, labels, cross()],
        ["softmax-cross-entropy,smoothing=0.1", scores, labels, cross(label_smoothing=0.1)],
        ["softmax-cross-entropy,ignore=-100", scores, ignored, cross(ignore_index=-100)],
        ["softmax-cross-entropy", images, pixels, cross()],
        ["softmax-cross-entropy,axis=-1", text, letters, last(cross())],
        ["softmax-cross-entropy,axis=-1,ignore=3,smoothing=0", text, letters, last(cross(ignore_index=3))],
        ["softmax-cross-entropy,probabilities=1", scores, soft, lambda x, y: F.cross_entropy(x, y)],
        ["softmax-cross-entropy,probabilities=1", scores, sharp, lambda x, y: F.cross_entropy(x, y)],
        ["binary-cross-entropy", scores, bits, F.binary_cross_entropy_with_logits],
        ["binary-cross-entropy", zeros, integers(2, 3, 4).float(), F.binary_cross_entropy_with_logits],
        ["binary-cross-entropy", scores * 40, bits, F.binary_cross_entropy_with_logits],
        ["binary-cross-entropy,positive_weight=3", scores, bits,
         lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor(3.0, dtype=x.dtype))],
        ["mean-squared-error", scores, normal(6, 5), F.mse_loss],
        ["l1", scores, normal(6, 5), F.l1_loss],
        ["huber", scores, normal(6, 5), F.huber_loss],
        ["huber,delta=0.25", scores, normal(6, 5), lambda x, y: F.huber_loss(x, y, delta=0.25)],
        ["kl-divergence", scores, soft, lambda x, y: F.kl_div(F.log_softmax(x, 1), y, reduction="batchmean")],
        ["kl-divergence", scores, sharp, lambda x, y: F.kl_div(F.log_softmax(x, 1), y, reduction="batchmean")],
        ["focal", scores, bits, focal(0.25, 2, False)],
        ["focal,gamma=1.5,alpha=0.5,by_positives=1", scores, bits, focal(0.5, 1.5, True)],
        ["dice", images, masks, dice(1, False)],
        ["dice,softmax=1,smooth=0.5", images, pixels, dice(0.5, True)],
        ["ctc,length=4", speech, spelled, ctc(0, -1)],
        # Of the third, one time is left; the last has too few for its text.
        ["ctc,length=4,times=1", speech, torch.cat([torch.tensor([[9], [5], [1], [3], [6]], dtype=torch.int32), spelled], 1), ctc(0, -1, True)],
        ["ctc,length=4,blank=4,axis=1", speech.movedim(-1, 1).contiguous(), spelled - (spelled > 0).int(), ctc(4, 1)],
    ]


def loss_cases():
    cases = []
    for text, output, labels, loss in losses():
        x = output.double().requires_grad_()
        value = loss(x, labels.double() if labels.is_floating_point() else labels)
        value.backward()
        cases.append({"rule": text, "shape": list(output.shape), "output": flat(output), "labels_shape": list(labels.shape),
                      "labels": flat(labels), "integers": not labels.is_floating_point(), "loss": float(value.detach()),
                      "gradient": flat(x.grad)})
    return cases


# --- optimizers: weights under gradients that are given ---

class Lamb(torch.optim.Optimizer):
    """You and others, 2020, algorithm 2."""

    def __init__(self, params, lr, betas, eps, weight_decay):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (b1, b2), lr = group["betas"], group["lr"]
            for w in group["params"]:
                s = self.state[w]
                s.setdefault("t", 0), s.setdefault("m", torch.zeros_like(w)), s.setdefault("v", torch.zeros_like(w))
                s["t"] += 1
                s["m"] = b1 * s["m"] + (1 - b1) * w.grad
                s["v"] = b2 * s["v"] + (1 - b2) * w.grad**2
                r = s["m"] / (1 - b1 ** s["t"]) / ((s["v"] / (1 - b2 ** s["t"])).sqrt() + group["eps"]) + group["weight_decay"] * w
                trust = float(w.norm() / r.norm()) if w.norm() > 0 and r.norm() > 0 else 1.0
                w -= lr * trust * r


class Lion(torch.optim.Optimizer):
    """Chen and others, 2023, algorithm 2."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (b1, b2), lr = group["betas"], group["lr"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                w -= lr * (torch.sign(b1 * m + (1 - b1) * w.grad) + group["weight_decay"] * w)
                m.mul_(b2).add_(w.grad, alpha=1 - b2)


class Muon(torch.optim.Optimizer):
    """Jordan, 2024, in f64; vectors by AdamW."""

    def __init__(self, params, lr, momentum, weight_decay, other):
        params = list(params)
        self.other = torch.optim.AdamW([p for p in params if p.dim() != 2], **other)
        super().__init__([p for p in params if p.dim() == 2], dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        self.other.step()
        for group in self.param_groups:
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                m.lerp_(w.grad, 1 - group["momentum"])
                x = w.grad.lerp(m, group["momentum"])
                tall = x.shape[0] > x.shape[1]
                x = x.T if tall else x
                x = x / x.norm().clamp(min=1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.T if tall else x
                w *= 1 - group["lr"] * group["weight_decay"]
                w -= group["lr"] * math.sqrt(max(1, w.shape[0] / w.shape[1])) * x


def optimizer_cases():
    o, S = torch.optim, torch.optim.lr_scheduler
    none = lambda _: None
    cases = [
        ["sgd,lr=0.1", {}, lambda p: o.SGD(p, 0.1), none],
        ["sgd,lr=0.1,momentum=0.9,weight_decay=0.05", {}, lambda p: o.SGD(p, 0.1, momentum=0.9, weight_decay=0.05), none],
        ["sgd,lr=0.1,momentum=0.9,nesterov=1", {}, lambda p: o.SGD(p, 0.1, momentum=0.9, nesterov=True), none],
        ["adam", {}, lambda p: o.Adam(p), none],
        ["adam,lr=0.1,beta1=0.8,beta2=0.95,eps=0.001,weight_decay=0.1", {},
         lambda p: o.Adam(p, 0.1, (0.8, 0.95), 1e-3, 0.1), none],
        ["adamw,lr=0.05", {}, lambda p: o.AdamW(p, 0.05), none],
        ["adamw,lr=0.05,weight_decay=0.5", {"no_decay": ["b"]},
         lambda p: o.AdamW([{"params": [p[0]], "weight_decay": 0.5}, {"params": [p[1]], "weight_decay": 0.0}], 0.05), none],
        ["rmsprop", {}, lambda p: o.RMSprop(p), none],
        ["rmsprop,lr=0.02,alpha=0.9,momentum=0.5,centered=1,weight_decay=0.1", {},
         lambda p: o.RMSprop(p, 0.02, 0.9, momentum=0.5, centered=True, weight_decay=0.1), none],
        ["adagrad,lr=0.1,lr_decay=0.2,weight_decay=0.01", {}, lambda p: o.Adagrad(p, 0.1, 0.2, 0.01), none],
        ["lamb,lr=0.05", {}, lambda p: Lamb(p, 0.05, (0.9, 0.999), 1e-6, 0.01), none],
        ["lion,lr=0.01,weight_decay=0.1", {}, lambda p: Lion(p, 0.01, (0.9, 0.99), 0.1), none],
        ["muon", {}, lambda p: Muon(p, 0.02, 0.95, 0.01, dict(lr=0.001, betas=(0.9, 0.95), weight_decay=0.01)), none],
        ["sgd,lr=0.1", {"schedule": "constant,warmup=4"}, lambda p: o.SGD(p, 0.1),
         lambda x: S.LambdaLR(x, lambda t: min(1, (t + 1) / 4))],
        ["sgd,lr=0.1", {"schedule": "step,every=3,factor=0.5"}, lambda p: o.SGD(p, 0.1), lambda x: S.StepLR(x, 3, 0.5)],
        ["sgd,lr=0.1", {"schedule": "cosine,steps=8,least=0.1"}, lambda p: o.SGD(p, 0.1),
         lambda x: S.LambdaLR(x, lambda t: 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * min(t / 8, 1))))],
        ["sgd,lr=0.1", {"schedule": "cosine,steps=8"}, lambda p: o.SGD(p, 0.1), lambda x: S.CosineAnnealingLR(x, 8)],
        ["sgd,lr=0.1", {"schedule": "linear,steps=8,least=0.25"}, lambda p: o.SGD(p, 0.1),
         lambda x: S.LinearLR(x, 1.0, 0.25, 8)],
        ["adam,lr=0.1", {"schedule": "one-cycle,steps=10"}, lambda p: o.Adam(p, 0.1),
         lambda x: S.OneCycleLR(x, 0.1, 10, cycle_momentum=False)],
        ["sgd,lr=0.1", {"clip_norm": 2.0}, lambda p: o.SGD(p, 0.1), none],
        ["sgd,lr=0.1,momentum=0.5", {"clip_value": 0.5}, lambda p: o.SGD(p, 0.1, momentum=0.5), none],
        ["sgd,lr=0.1", {"average": 0.75}, lambda p: o.SGD(p, 0.1), none],
    ]
    steps = 8
    w0, b0 = normal(6, 4), normal(5)
    gradients = [(normal(6, 4), normal(5)) for _ in range(steps)]
    results = {"w": flat(w0), "b": flat(b0), "gradients": [[flat(w), flat(b)] for w, b in gradients], "cases": []}
    for text, options, make, schedule in cases:
        w, b = (torch.nn.Parameter(t.double()) for t in (w0, b0))
        optimizer = make([w, b])
        scheduler = schedule(optimizer)
        averages = None
        case = {"rule": text, **options, "steps": []}
        for gw, gb in gradients:
            w.grad, b.grad = gw.double(), gb.double()
            if "clip_norm" in options:
                torch.nn.utils.clip_grad_norm_([w, b], options["clip_norm"])
            if "clip_value" in options:
                torch.nn.utils.clip_grad_value_([w, b], options["clip_value"])
            rate = optimizer.param_groups[0]["lr"]
            optimizer.step()
            if scheduler:
                scheduler.step()
            step = {"w": flat(w), "b": flat(b), "lr": rate}
            if "average" in options:
                d = options["average"]
                averages = [d * a + (1 - d) * p.detach() for a, p in zip(averages, (w, b))] if averages else [w.detach().clone(), b.detach().clone()]
                step["average"] = flat(averages[0])
            case["steps"].append(step)
        results["cases"].append(case)
    return results


def write(name, value):
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    (HERE / name).write_text(text.replace('{"rule"', '\n{"rule"') + "\n")


write("losses.json", {"torch": torch.__version__, "cases": loss_cases()})
write("optimizers.json", {"torch": torch.__version__, **optimizer_cases()})
