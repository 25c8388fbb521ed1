"""Counts the kernels that a training step of the examples launches in PyTorch eager on CUDA, without a GPU.

    python eager_kernels.py [EXAMPLE...]       needs PyTorch from PyPI, for the CPU

The step is run on the CPU under TorchDispatchMode, and each ATen operator counts as the kernels that its CUDA implementation
launches at least. Assumed, always in favour of PyTorch:

- views, detach, empty, and gradients that are handed on launch nothing; zero_grad sets gradients to None
- a convolution is one kernel of cuDNN, and one for each gradient that is asked for: no changes of layout, no workspace to clear
- batch normalisation is one kernel forward and one backward (cuDNN), layer normalisation one and two (the gradients of its
  weights), attention one and one (FlashAttention; on the CPU another operator stands for it)
- a product with a bias is one kernel (cuBLASLt)
- nll_loss_backward clears its result first: two; everything else is one kernel an operator
- an optimizer is multi-tensor, as PyTorch has it on CUDA: one kernel for each of its operators, for all parameters at once
  (SGD with momentum three). Its operators one parameter at a time are told beside.

`modules`: torch.nn.BatchNorm2d, as networks are written, counts its batches, one kernel a layer; the references here do not.
"""

import collections
import sys

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import networks

NOTHING = {"t", "detach", "view", "_unsafe_view", "empty", "unsqueeze", "expand", "permute", "transpose", "unbind", "alias", "slice",
           "select", "squeeze", "as_strided", "_record_function_enter_new", "_record_function_exit", "_local_scalar_dense"}  # fmt: skip
SEVERAL = {"nll_loss_backward": 2, "native_layer_norm_backward": 2}


class Count(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.kernels = collections.Counter()

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        name = function.__name__.split(".")[0]
        if name == "convolution_backward":  # its last argument says which gradients
            self.kernels[name] += sum(arguments[-1])
        elif name not in NOTHING:
            self.kernels[name] += SEVERAL.get(name, 1)
        return function(*arguments, **(named or {}))


def count(name):
    model, network, loss, _, _, batch, (_, make) = networks.EXAMPLES[name]
    parameters, state = networks.weights(model)
    optimizer = make(parameters.values())
    x, labels = batch(8, 0)

    def both():
        optimizer.zero_grad()
        with Count() as gradients:
            loss(network(parameters, state, x), labels).backward()
        with Count() as update:
            optimizer.step()
        return gradients.kernels, update.kernels

    both()  # the first step makes the optimizer's state
    gradients, update = both()
    single, together = sum(update.values()), sum(-(-n // len(parameters)) for n in update.values())
    norms = gradients["native_batch_norm"]
    print(f"{name}: {sum(gradients.values())} + {together} of the optimizer; modules: {norms} more; one parameter at a time: "
          f"{single} of the optimizer")  # fmt: skip
    print("  " + ", ".join(f"{operator} {n}" for operator, n in sorted(gradients.items())))
    print("  optimizer: " + ", ".join(f"{operator} {n}" for operator, n in sorted(update.items())))


for each in sys.argv[1:] or networks.EXAMPLES:
    count(each)
