"""The examples as PyTorch has them: functions of parameters by name, which are the weights of examples/*.mlir."""

import math
import pathlib
import re

import numpy as np
import torch
import torch.nn.functional as F
from rules import ctc, dice, focal

ROOT = pathlib.Path(__file__).resolve().parents[3]


def philox(counter, key):
    """Philox 4x32-10 on arrays of words (Salmon et al., 2011)."""
    c, (k0, k1) = [np.asarray(w, np.uint64) for w in counter], key
    mask = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), b & mask, (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), a & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def first_value(number, shape, rule, values, seed):
    """What a weight begins with; `number` is its position in the file."""
    count = math.prod(shape)
    if rule == "zeros":
        return np.zeros(shape, np.float32)
    if rule == "constant":
        return np.full(shape, values[0], np.float32)
    i = np.arange(count, dtype=np.uint64)
    words = philox([i, np.zeros_like(i), np.full_like(i, number), np.full_like(i, 0xFFFFFFFF)], (seed, 0))
    if rule == "normal":
        u = (words[0].astype(np.float64) + 1) * 2.0**-32
        z = np.sqrt(-2 * np.log(u)) * np.cos(2 * math.pi * words[1].astype(np.float64) * 2.0**-32)
        return (values[0] + values[1] * z).astype(np.float32).reshape(shape)
    assert rule == "fan_in_uniform", rule
    bound = 1 / math.sqrt(values[0])
    u = (words[0] >> np.uint64(8)).astype(np.float64) * 2.0**-24
    return (-bound + 2 * bound * u).astype(np.float32).reshape(shape)


def weights(model, seed=0):
    """Parameters and, apart, what training does not change, of a model in text."""
    text = (ROOT / "examples" / model).read_text()
    pattern = r'dlc\.weight (frozen )?@([\w.]+) : tensor<((?:\d+x)*)f32> = #dlc\.rule<"(\w+)"(?:, \[([^\]]*)\])?>'
    trained, frozen = {}, {}
    for number, m in enumerate(re.finditer(pattern, text)):
        shape = [int(s) for s in m[3].split("x") if s]
        value = first_value(number, shape, m[4], [float(v) for v in (m[5] or "").split(",") if v], seed)
        (frozen if m[1] else trained)[m[2]] = torch.from_numpy(value)
    assert len(trained) + len(frozen) == text.count("dlc.weight "), "a weight of another form"
    return {n: torch.nn.Parameter(t) for n, t in trained.items()}, frozen


def linear(p, name, x):
    return F.linear(x, p[f"{name}.weight"], p.get(f"{name}.bias"))


def mlp(p, state, x):
    return linear(p, "fc2", F.relu(linear(p, "fc1", x)))


def cnn(p, state, x):
    for n in ("conv1", "conv2"):
        x = F.max_pool2d(F.relu(F.conv2d(x, p[f"{n}.weight"], p[f"{n}.bias"], padding=1)), 2)
    return linear(p, "fc", x.flatten(1))


def norm(p, state, name, x):
    return F.batch_norm(x, state[f"{name}.running_mean"], state[f"{name}.running_var"], p[f"{name}.weight"], p[f"{name}.bias"],
                        training=True)


def resnet(p, state, x):
    conv = lambda name, v, stride=1: F.conv2d(v, p[f"{name}.weight"], stride=stride, padding=p[f"{name}.weight"].shape[-1] // 2)
    x = F.relu(norm(p, state, "stem.bn", conv("stem", x)))
    for stage in (1, 2, 3):
        n, stride = f"stage{stage}", 1 if stage == 1 else 2
        y = F.relu(norm(p, state, f"{n}.bn1", conv(f"{n}.conv1", x, stride)))
        y = norm(p, state, f"{n}.bn2", conv(f"{n}.conv2", y))
        if stride != 1:
            x = norm(p, state, f"{n}.short.bn", conv(f"{n}.short", x, stride))
        x = F.relu(y + x)
    return linear(p, "fc", x.mean((2, 3)))


def gpt(p, state, tokens, heads=4):
    x = p["embedding"][tokens.long()] + p["places"]
    batch, length, width = x.shape
    layer_norm = lambda name, v: F.layer_norm(v, [width], p[f"{name}.weight"], p[f"{name}.bias"])
    for layer in range(4):
        n = f"layer{layer}"
        q, k, v = linear(p, f"{n}.qkv", layer_norm(f"{n}.norm1", x)).view(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, width)
        x = x + linear(p, f"{n}.out", mixed)
        x = x + linear(p, f"{n}.down", F.gelu(linear(p, f"{n}.up", layer_norm(f"{n}.norm2", x))))
    return linear(p, "head", layer_norm("norm", x))


def recurrent(kind, p, name, x, width, **names):
    """A layer of PyTorch's with these parameters; a bias that is not named is zero."""
    layer = kind(x.shape[-1], width, batch_first=True)
    given = {n: p.get(f"{name}.{names.get(n, n)}", torch.zeros(())) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    size = given["weight_ih"].shape[0]
    given = {f"{n}_l0": v if v.dim() else torch.zeros(size) for n, v in given.items()}
    return torch.func.functional_call(layer, given, (x,))[0]


def lstm(p, state, tokens):
    x = recurrent(torch.nn.LSTM, p, "lstm", p["embedding"][tokens.long()], p["lstm.weight_hh"].shape[1], bias_ih="bias")
    return linear(p, "head", x)


def unet3d(p, state, x):
    def block(name, v):
        for i in (1, 2):
            v = F.relu(norm(p, state, f"{name}.bn{i}", F.conv3d(v, p[f"{name}.conv{i}.weight"], padding=1)))
        return v

    def up(name, v):  # the weight as of a convolution, not of its gradient
        w = p[f"{name}.conv.weight"].flip(2, 3, 4).transpose(0, 1)
        return F.conv_transpose3d(v, w, p[f"{name}.conv.bias"], stride=2)

    down1 = block("down1", x)
    down2 = block("down2", F.max_pool3d(down1, 2))
    x = block("middle", F.max_pool3d(down2, 2))
    x = block("up2", torch.cat([up("up2", x), down2], 1))
    x = block("up1", torch.cat([up("up1", x), down1], 1))
    return F.conv3d(x, p["head.weight"], p["head.bias"])


def detector(p, state, x):
    for i, stride in enumerate((1, 2, 1, 2, 1), 1):
        x = F.relu(norm(p, state, f"bn{i}", F.conv2d(x, p[f"conv{i}.weight"], stride=stride, padding=1)))
    return F.conv2d(x, p["head.weight"], p["head.bias"], padding=1)


def speech(p, state, x):
    x = F.relu(F.conv1d(x, p["conv1.weight"], p["conv1.bias"], stride=32, padding=16))
    x = F.relu(F.conv1d(x, p["conv2.weight"], p["conv2.bias"], padding=1))
    return linear(p, "head", recurrent(torch.nn.GRU, p, "gru", x.transpose(1, 2), p["gru.weight_hh"].shape[1]))


def noise(count, step):
    """Numbers in [-1, 1) that tests compute, too."""
    i = np.arange(count, dtype=np.uint64) + np.uint64(step * 1000003)
    bits = (i * np.uint64(2654435761) + np.uint64(12345)) & np.uint64(0xFFFFFFFF)
    bits = ((bits ^ (bits >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    return ((bits >> np.uint64(8)).astype(np.float64) * 2.0**-23 - 1).astype(np.float32)


def images(batch, shape, step):
    x = noise(batch * math.prod(shape), step).reshape(batch, *shape)
    return torch.from_numpy(x), torch.from_numpy((np.arange(batch) * 7 + step) % 10)


def text(batch, step, length=128):
    bits = noise(batch * length, step)
    tokens = ((bits.astype(np.float64) + 1) * 128).astype(np.int64).reshape(batch, length)
    return torch.from_numpy(tokens), torch.from_numpy((tokens * 3 + 1) % 256)


def masks(batch, shape, step):
    """The first numbers above zero."""
    x, _ = images(batch, shape, step)
    return x, (x > 0).float()


def marks(batch, shape, maps, step):
    """A twentieth of the places of the maps."""
    x, _ = images(batch, shape, step)
    y = noise(batch * math.prod(maps), step + 1000).reshape(batch, *maps)
    return x, torch.from_numpy((y > 0.9).astype(np.float32))


def symbols(batch, shape, step, length=6):
    """From two to all of the places with symbols from 1 to 8, -1 behind them."""
    x, _ = images(batch, shape, step)
    i = np.arange(batch * length)
    y = np.where(i % length < 2 + i // length % 5, (i * 5 + step) % 8 + 1, -1).astype(np.int32)
    return x, torch.from_numpy(y.reshape(batch, length))


def cross_entropy(scores, labels):
    return F.cross_entropy(scores, labels)


def cross_entropy_of_places(scores, labels):
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten())


# name: model, function, loss, dlc's loss, kind of labels, batch(size, step) -> inputs and labels, dlc's optimizer, PyTorch's
SGD = ("sgd,lr=0.05,momentum=0.9", lambda p: torch.optim.SGD(p, 0.05, 0.9))
SGD_SLOWLY = ("sgd,lr=0.01,momentum=0.9", lambda p: torch.optim.SGD(p, 0.01, 0.9))
ADAMW = ("adamw,lr=0.001", lambda p: torch.optim.AdamW(p, 0.001))
CLASSES = "softmax-cross-entropy"
BYTES = "softmax-cross-entropy,axis=-1"
EXAMPLES = {
    "mlp": ("mlp.mlir", mlp, cross_entropy, CLASSES, "classes", lambda n, s: images(n, [784], s), SGD),
    "cnn": ("cnn.mlir", cnn, cross_entropy, CLASSES, "classes", lambda n, s: images(n, [1, 28, 28], s), SGD),
    "resnet": ("models/resnet.mlir", resnet, cross_entropy, CLASSES, "classes", lambda n, s: images(n, [1, 28, 28], s), SGD),
    "gpt": ("models/gpt.mlir", gpt, cross_entropy_of_places, BYTES, "next", text, ADAMW),
    "lstm": ("models/lstm.mlir", lstm, cross_entropy_of_places, BYTES, "next", lambda n, s: text(n, s, 64), ADAMW),
    "unet3d": ("models/unet3d.mlir", unet3d, dice(1, False), "dice", "masks", lambda n, s: masks(n, [1, 16, 16, 16], s), ADAMW),
    # The same for volumes of 8 in each direction: the simulator takes its time.
    "unet3d_half": ("models/unet3d.mlir", unet3d, dice(1, False), "dice", "masks", lambda n, s: masks(n, [1, 8, 8, 8], s), ADAMW),
    "detector": ("models/detector.mlir", detector, focal(0.25, 2, True), "focal,by_positives=1", "marks",
                 lambda n, s: marks(n, [1, 32, 32], [9, 8, 8], s), SGD_SLOWLY),
    "speech": ("models/speech.mlir", speech, ctc(0, -1), "ctc,axis=-1,length=6", "symbols", lambda n, s: symbols(n, [1, 2048], s), ADAMW),
}
