#!/usr/bin/env python3
"""Writes the models of this folder: what a framework's module would say, as text that dlc trains.

    write.py               rewrites *.mlir beside this file
    write.py --check       exit code 1 where one of them is not what would be written

Weights start by rules, so the files are small; the batch is a symbol.
"""

import math
import sys

sys.dont_write_bytecode = True
from graph import Graph


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


def lstm(width=192, inner=64, context=64, symbols=256):
    g = Graph(f"A recurrent network over bytes: an LSTM of width {width}, context {context}. Written by write.py.\n"
              "Its output are scores of the next byte at each place; train it with --loss softmax-cross-entropy,axis=-1.")
    tokens = g.input("tokens", ["batch", context], "i32")
    x = g.gather(g.weight("embedding", [symbols, inner], '"normal", [0.0, 1.0]'), tokens, 0, "embedding")
    g.write("lstm.mlir", (g.linear(g.lstm(x, "lstm", width), "head", symbols), "scores"))


def unet3d(size=16, channels=4):
    g = Graph(f"A 3-D U-Net for volumes of {size} in each direction: two levels down and up again. Written by write.py.\n"
              "Its output are scores of each voxel; train it with --loss dice on masks of 0 and 1.")

    def block(x, name, channels):
        for i in (1, 2):
            x = g.unary("relu", g.batch_norm(g.conv(x, f"{name}.conv{i}", channels, bias=False), f"{name}.bn{i}"), f"{name}.relu{i}")
        return x

    x = g.input("x", ["batch", 1, size, size, size])
    down1 = block(x, "down1", channels)
    down2 = block(g.max_pool(down1, "pool1"), "down2", 2 * channels)
    x = block(g.max_pool(down2, "pool2"), "middle", 4 * channels)
    x = block(g.concat([g.conv_up(x, "up2.conv", 2 * channels), down2], 1, "up2.join"), "up2", 2 * channels)
    x = block(g.concat([g.conv_up(x, "up1.conv", channels), down1], 1, "up1.join"), "up1", channels)
    g.write("unet3d.mlir", (g.conv(x, "head", 1, window=1), "scores"))


def detector(size=32, shapes=3, sizes=3):
    g = Graph(f"A detector in images of {size} by {size}: for each fourth pixel, each of {shapes} shapes and {sizes} sizes a score "
              "that its\nmiddle is here. Written by write.py. Train it with --loss focal,by_positives=1 on maps of 0 and 1.")
    x = g.input("x", ["batch", 1, size, size])
    for i, (channels, stride) in enumerate([(16, 1), (32, 2), (32, 1), (64, 2), (64, 1)], 1):
        x = g.unary("relu", g.batch_norm(g.conv(x, f"conv{i}", channels, stride=stride, bias=False), f"bn{i}"), f"relu{i}")
    # Places without a shape are nearly all: their scores begin low, so that they are not all that is learnt from.
    x = g.conv(x, "head", shapes * sizes, bias=False)
    low = g.weight("head.bias", [shapes * sizes], '"constant", [-4.0]')
    g.write("detector.mlir", (g.add(x, g.broadcast(low, [1], x.shape, "head"), "head"), "scores"))


def speech(samples=2048, width=64, symbols=8):
    g = Graph(f"Convolutions and a GRU over {samples} samples of sound: scores of {symbols} symbols and, as number 0, of none. Written by\n"
              "write.py. Its output is [batch, time, symbols]; train it with --loss ctc,axis=-1,length=6.")
    x = g.input("x", ["batch", 1, samples])
    x = g.unary("relu", g.conv(x, "conv1", 32, window=64, stride=32, pad=16), "relu1")
    x = g.unary("relu", g.conv(x, "conv2", 48), "relu2")
    x = g.gru(g.transpose(x, [0, 2, 1], "times"), "gru", width)
    g.write("speech.mlir", (g.linear(x, "head", symbols + 1), "scores"))


if __name__ == "__main__":
    resnet()
    gpt()
    lstm()
    unet3d()
    detector()
    speech()
