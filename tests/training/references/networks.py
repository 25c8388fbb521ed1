"""The examples as PyTorch has them: functions of parameters by name, which are the weights of examples/*.mlir."""

import math
import pathlib
import re

import numpy as np
import torch
import torch.nn.functional as F

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


def cross_entropy(scores, labels):
    return F.cross_entropy(scores, labels)


def cross_entropy_of_places(scores, labels):
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten())


# name: model, function, loss, dlc's loss, batch(size, step) -> inputs and labels, dlc's optimizer, PyTorch's
SGD = ("sgd,lr=0.05,momentum=0.9", lambda p: torch.optim.SGD(p, 0.05, 0.9))
ADAMW = ("adamw,lr=0.001", lambda p: torch.optim.AdamW(p, 0.001))
EXAMPLES = {
    "mlp": ("mlp.mlir", mlp, cross_entropy, "softmax-cross-entropy", lambda n, s: images(n, [784], s), SGD),
    "cnn": ("cnn.mlir", cnn, cross_entropy, "softmax-cross-entropy", lambda n, s: images(n, [1, 28, 28], s), SGD),
    "resnet": ("models/resnet.mlir", resnet, cross_entropy, "softmax-cross-entropy", lambda n, s: images(n, [1, 28, 28], s), SGD),
    "gpt": ("models/gpt.mlir", gpt, cross_entropy_of_places, "softmax-cross-entropy,axis=-1", text, ADAMW),
}
