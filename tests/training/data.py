"""`dlc train` on each kind of data at small size: it learns, resumes bit for bit with augmentation, and names what is wrong.

    data.py DLC ROOT --device=cpu         exit code 77: there is no such device
"""

import importlib.machinery
import importlib.util
import json
import math
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

dlc, root, device = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3].removeprefix("--device=")
there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
if device == "cuda" and there["auto"] != "cuda":
    print("skipped: no device cuda")
    sys.exit(77)
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)


def linear(inputs, classes, shape=None):
    """A model with one matrix: `shape` of a sample flattened to `inputs` numbers, scores of `classes`."""
    shape = shape or [inputs]
    dims = "x".join(map(str, shape))
    x = f"tensor<?x{dims}xf32, #dlc.dims<[batch, {', '.join(map(str, shape))}]>>"
    flat = f"tensor<?x{inputs}xf32, #dlc.dims<[batch, {inputs}]>>"
    y = f"tensor<?x{classes}xf32, #dlc.dims<[batch, {classes}]>>"
    reshape = f"  %f = dlc.reshape %x : {x} -> {flat}\n" if len(shape) > 1 else ""
    return f"""dlc.weight @w : tensor<{classes}x{inputs}xf32> = #dlc.rule<"fan_in_uniform", [{inputs}.0]>
dlc.weight @b : tensor<{classes}xf32> = #dlc.rule<"zeros">
func.func @main(%x: {x} {{dlc.name = "x"}}) -> ({y} {{dlc.name = "scores"}}) {{
  %w = dlc.get_weight @w : tensor<{classes}x{inputs}xf32>
  %b = dlc.get_weight @b : tensor<{classes}xf32>
{reshape}  %0 = dlc.dot_general {'%f' if reshape else '%x'}, %w batch = [] x [] contract = [1] x [1] : ({flat}, tensor<{classes}x{inputs}xf32>) -> {y} loc("fc")
  %1 = dlc.broadcast %b dims = [1] : tensor<{classes}xf32> -> {y} loc("fc")
  %2 = dlc.add %0, %1 : {y} loc("fc")
  return %2 : {y}
}}
"""


def bytes_model(context):
    """Scores of the next byte from the one before alone: a table of 256 by 256."""
    x = f"tensor<?x{context}xi32, #dlc.dims<[batch, {context}]>>"
    y = f"tensor<?x{context}x256xf32, #dlc.dims<[batch, {context}, 256]>>"
    return f"""dlc.weight @table : tensor<256x256xf32> = #dlc.rule<"zeros">
func.func @main(%x: {x} {{dlc.name = "tokens"}}) -> ({y} {{dlc.name = "scores"}}) {{
  %t = dlc.get_weight @table : tensor<256x256xf32>
  %0 = dlc.gather %t, %x axis = 0 : tensor<256x256xf32>, {x} -> {y} loc("look")
  return %0 : {y}
}}
"""


def png(width, height, grey):
    """A grey PNG, written by the format's rules."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + bytes(grey[y * width : (y + 1) * width]) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def wav(samples):
    data = struct.pack(f"<{len(samples)}h", *samples)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
    return out + bytes([n])


def field(number, value):
    """One field of a protobuf message: an integer, or bytes, or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def onnx_beside(file):
    """scores = x * w of 4 by 3, its values in another file."""
    def value(name, last):
        dims = field(1, field(2, "batch")) + field(1, field(1, last))
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))
    entries = {"location": file, "offset": "0", "length": "48"}
    external = b"".join(field(13, field(1, key) + field(2, text)) for key, text in entries.items())
    weight = field(1, 4) + field(1, 3) + field(2, 1) + field(8, "w") + external + field(14, 1)
    node = field(1, "x") + field(1, "w") + field(2, "scores") + field(3, "fc") + field(4, "MatMul")
    graph = field(1, node) + field(2, "g") + field(5, weight) + field(11, value("x", 4)) + field(12, value("scores", 3))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17))


def npy(kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + data


with tempfile.TemporaryDirectory(prefix="dlc-data-") as place:
    folder, rng = pathlib.Path(place), random.Random(1)

    def train(model, data, *arguments, code=0):
        file = folder / "model.mlir"
        file.write_text(model)
        command = [dlc, "train", str(file), "--data", data, "--device", device, "--json", *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}: {done.stderr}"
        return done.stderr if code else [json.loads(line) for line in done.stdout.splitlines()]

    def learns(model, data, *arguments, accuracy):
        events = train(model, data, *arguments)
        assert events[-1]["accuracy"] >= accuracy, (data, events)
        epochs = [e for e in events if e["event"] == "epoch"]
        assert epochs[-1]["validation_loss"] < epochs[0]["validation_loss"], (data, epochs)
        print(f"{data.split(':')[0]}: accuracy {events[-1]['accuracy']:.3f}, validation loss {events[-1]['validation_loss']:.3f}")
        return epochs

    # Rows of numbers around three centres.
    rows = []
    for i in range(90):
        kind = rng.randrange(3)
        rows.append([f"{rng.gauss(2.0 * (kind == c), 0.3):.4f}" for c in range(4)] + [["ant", "bee", "cat"][kind]])
    csv = folder / "insects.csv"
    csv.write_text("a,b,c,d,kind\n" + "".join(",".join(r) + "\n" for r in rows))
    fast = ["--optimizer", "sgd,lr=0.2", "--epochs", 3, "--batch", 8]
    learns(linear(4, 3), f"csv:{csv}", "--validation-split", 0.2, *fast, accuracy=0.9)
    said = train(linear(4, 2), f"csv:{csv}", "--validation-split", 0.2, *fast, code=3)
    assert "insects.csv, line " in said and "the label is 2 ('cat'), but" in said and "scores for 2 classes, 0 to 1" in said, said
    said = train(linear(4, 3), f"csv:{csv}", *fast, code=3)
    assert "--validation-split 0.1" in said, said
    said = train(linear(5, 3), f"csv:{csv}", "--validation-split", 0.2, *fast, code=3)
    assert "takes 5 numbers a sample, but column 'x' of the data has 4" in said, said

    # The same as arrays, and a regression: no classes, no accuracy.
    values = [float(cell) for row in rows for cell in row[:4]]
    labels = [["ant", "bee", "cat"].index(row[4]) for row in rows]
    (folder / "x.npy").write_bytes(npy("<f4", (90, 4), struct.pack("<360f", *values)))
    (folder / "y.npy").write_bytes(npy("<i8", (90,), struct.pack("<90q", *labels)))
    (folder / "z.npy").write_bytes(npy("<f4", (90, 1), struct.pack("<90f", *[sum(map(float, r[:4])) for r in rows])))
    learns(linear(4, 3), f"npy:{folder}/x.npy,labels={folder}/y.npy", "--validation-split", 0.2, *fast, accuracy=0.9)
    events = train(linear(4, 1), f"npy:{folder}/x.npy,labels={folder}/z.npy", "--validation-split", 0.2, "--loss", "mean-squared-error",
                   "--optimizer", "sgd,lr=0.02", "--epochs", 4, "--batch", 8)
    assert events[-1]["accuracy"] is None and events[-1]["validation_loss"] < 0.1, events

    # Labels that do not fill what the loss takes, whole numbers written as floats, truth values, and places that do not count.
    def labelled(kind, values, *arguments, code=0, shape=None):
        form = {"<f4": "f", "<i8": "q", "|b1": "?"}[kind]
        (folder / "w.npy").write_bytes(npy(kind, shape or (90,), struct.pack(f"<{len(values)}{form}", *values)))
        return train(linear(4, 3), f"npy:{folder}/x.npy,labels={folder}/w.npy", "--validation-split", 0.2, *fast, *arguments, code=code)
    said = labelled("<i8", labels, "--loss", "mean-squared-error", code=3)
    assert "column 'labels' of the data is i64 for each; for numbers of classes there is --loss softmax-cross-entropy" in said, said
    said = labelled("<f4", [1 / 3] * 270, shape=(90, 3), code=3)
    assert "column 'labels' of the data is 3xf32 for each" in said and "probabilities=1" in said, said
    assert labelled("<f4", labels)[-1]["accuracy"] >= 0.9
    said = labelled("<f4", labels[:30] + [0.5] + labels[31:], code=3)
    assert "w.npy, row 30: the label is 0.5, but softmax-cross-entropy takes numbers of classes" in said, said
    onehot = [label == c for label in labels for c in range(3)]
    assert labelled("|b1", onehot, "--loss", "binary-cross-entropy", shape=(90, 3))[-1]["f1"] > 0.5
    some = [-1 if i % 3 == 0 else label for i, label in enumerate(labels)]
    said = labelled("<i8", some, code=3)
    assert "w.npy, row 0: the label is -1, but" in said and "--loss softmax-cross-entropy,ignore=-1" in said, said
    assert labelled("<i8", some, "--loss", "softmax-cross-entropy,ignore=-1")[-1]["accuracy"] >= 0.9, "what does not count is no mistake"
    (folder / "some.csv").write_text("".join(",".join(r[:4]) + f",{label}\n" for r, label in zip(rows, some)))
    events = train(linear(4, 3), f"csv:{folder}/some.csv", "--validation-split", 0.2, *fast, "--loss", "softmax-cross-entropy,ignore=-1")
    assert events[-1]["accuracy"] >= 0.9, events

    # Two outputs with a loss each, beside labels of their own: what is told names the column, and parts of a batch go together.
    def two(dtype="<i8", kinds=labels, sizes=None):
        sizes = sizes or [sum(map(float, r[:4])) for r in rows]
        with zipfile.ZipFile(folder / "two.npz", "w") as file:
            for name, (kind, shape, form, list_) in {"x": ("<f4", (90, 4), "f", values), "kind": ("<i8", (90,), "q", kinds),
                                                     "size": ("<f4", (90, 1), "f", sizes)}.items():
                file.writestr(f"{name}.npy", npy(kind, shape, struct.pack(f"<{len(list_)}{form}", *list_)))
        one, other = linear(4, 3), linear(4, 1).replace("@w", "@v").replace("@b", "@a").splitlines()
        body = [line.replace("%", "%s").replace("%sx", "%x") for line in other[3:-2]]
        single = 'tensor<?x1xf32, #dlc.dims<[batch, 1]>>'
        model = "\n".join(other[:2]) + "\n" + one
        model = model.replace('{dlc.name = "scores"}) {', '{dlc.name = "scores"}, ' + single + ' {dlc.name = "sizes"}) {')
        scores = 'tensor<?x3xf32, #dlc.dims<[batch, 3]>>'
        return model.replace(f"  return %2 : {scores}", "\n".join(body) + f"\n  return %2, %s2 : {scores}, {single}")
    losses = ["--loss", "softmax-cross-entropy,output=scores,labels=kind", "--loss", "mean-squared-error,output=sizes,labels=size,weight=0.2",
              "--log-every", 2]
    slow = ["--validation-split", 0.2, "--optimizer", "sgd,lr=0.02", "--epochs", 20, "--batch", 8]
    for more in ([], ["--accumulate", 2]):
        events = train(two(), f"npz:{folder}/two.npz", *slow, *losses, *more, "--save", folder / "two.onnx", "--save", folder / "two.dlx")
        epochs = [e["validation_loss"] for e in events if e["event"] == "epoch"]
        assert events[-1]["accuracy"] >= 0.9 and epochs[-1] < 0.5 * epochs[0], events
        # Each loss is told by itself, too.
        for e in (e for e in events if e["event"] in ("loss", "epoch")):
            for whole, parts in (("loss", "losses"), ("validation_loss", "validation_losses")):
                if whole in e:
                    own = e[parts]
                    assert list(own) == ["softmax-cross-entropy", "mean-squared-error"], e
                    total = own["softmax-cross-entropy"] + 0.2 * own["mean-squared-error"]
                    assert abs(total - e[whole]) < 1e-4 * max(1, total), e
    said = train(two(), f"npz:{folder}/two.npz", *slow, *losses[:2], "--loss", "l1,output=sizes,labels=width", code=3)
    assert "the data has no column of labels 'width'; its columns are 'x', 'kind', 'size'" in said, said
    said = train(two(kinds=labels[:50] + [7] + labels[51:]), f"npz:{folder}/two.npz", *slow, *losses, code=3)
    assert "two.npz, row 50: the label is 7, but" in said and "scores for 3 classes" in said, said

    # A state whose first dimension is another one than the batch.
    stated = linear(4, 3).replace('{dlc.name = "x"})', '{dlc.name = "x"}, %s: tensor<2x3xf32> {dlc.name = "s"})')
    said = train(stated, f"npz:{folder}/two.npz", *slow, losses[0], losses[1], code=3)
    assert "the first dimension of input 's: 2 x 3 x f32' is another one than that of 'x: batch x 4 x f32'" in said, said

    # A .dlx takes one sample and as many as a step does; more are refused.
    for n, code in ((1, 0), (5, 0), (9, 3)):
        done = subprocess.run([dlc, "run", str(folder / "two.dlx"), "--device", device, "-i", f"x={n}x4xf32=1"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == code, (n, done.returncode, done.stderr)

    # What is frozen stays: as it began, or as another file has it.
    full = [f"npy:{folder}/x.npy,labels={folder}/y.npy", "--validation-split", 0.2, *fast]
    train(linear(4, 3), *full, "--checkpoint", folder / "free.safetensors")
    free = kill_test.read_tensors(folder / "free.safetensors")[1]
    for more in ([], ["--average", 0.9]):
        train(linear(4, 3), *full, "--freeze", "w", "--init", folder / "free.safetensors", "--checkpoint", folder / "frozen.safetensors", *more)
        frozen = kill_test.read_tensors(folder / "frozen.safetensors")[1]
        assert frozen["w"] == free["w"] and frozen["b"] != free["b"] and "w.momentum" not in frozen, sorted(frozen)
        train(linear(4, 3), *full[:-3], 4, *full[-2:], "--freeze", "w", "--resume", folder / "frozen.safetensors", *more,
              "--checkpoint", folder / "on.safetensors")
        on = kill_test.read_tensors(folder / "on.safetensors")[1]
        assert on["w"] == free["w"] and on["b"] != frozen["b"]

    # Images of two classes in folders, changed at random; stopped and gone on with.
    for part, count in (("train", 12), ("val", 6)):
        for kind, bright in (("dark", 40), ("light", 200)):
            (folder / "images" / part / kind).mkdir(parents=True)
            for i in range(count):
                grey = [max(0, min(255, int(rng.gauss(bright, 20)))) for _ in range(48)]
                (folder / "images" / part / kind / f"{i}.png").write_bytes(png(8, 6, grey))
    probe = subprocess.run([dlc, "train", str(folder / "model.mlir"), "--data", f"images:{folder}/images"], stderr=subprocess.PIPE, text=True)
    if "built without libpng" in probe.stderr:
        print("images: this dlc was built without libpng")
    else:
        augmented = [f"images:{folder}/images", "--augment", "crop=1,flip,cutout=2", "--epochs", 3, "--batch", 5]
        epochs = learns(linear(48, 2, [1, 6, 8]), *augmented, accuracy=0.9)
        whole, broken = folder / "whole.safetensors", folder / "broken.safetensors"
        train(linear(48, 2, [1, 6, 8]), *augmented, "--checkpoint", whole)
        train(linear(48, 2, [1, 6, 8]), *augmented, "--checkpoint", f"{folder}/kept/", "--checkpoint-every", 1, "--checkpoint-keep", 0)
        for workers in (0, 3):
            done = subprocess.run([dlc, "train", "--resume", f"{folder}/kept/step-000000007.safetensors", "--checkpoint", broken,
                                   "--workers", str(workers)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert done.returncode == 0 and "otherwise" not in done.stderr, done.stderr
            assert kill_test.read_tensors(whole)[1] == kill_test.read_tensors(broken)[1], f"{workers} workers"

    # Bytes in pairs: each second one follows from the one before.
    text = folder / "pairs.txt"
    text.write_text("".join(rng.choice(["ab", "cd", "ef", "gh"]) for _ in range(700)))
    epochs_of_pairs = learns(bytes_model(8), f"text:{text},context=8", "--loss", "softmax-cross-entropy,axis=-1", "--validation-split", 0.1,
           "--optimizer", "sgd,lr=20", "--epochs", 4, "--batch", 8, accuracy=0.5)

    # The same with windows drawn anew in each epoch: as good, other numbers, and the same ones when gone on with.
    bytes_in_pairs = [f"text:{text},context=8,starts=random", "--loss", "softmax-cross-entropy,axis=-1", "--validation-split", 0.1,
                      "--optimizer", "sgd,lr=20", "--epochs", 4, "--batch", 8]
    drawn = learns(bytes_model(8), *bytes_in_pairs, accuracy=0.5)
    assert drawn[1]["loss"] != epochs_of_pairs[1]["loss"], "windows at random are other windows"
    whole, broken = folder / "whole.safetensors", folder / "broken.safetensors"
    train(bytes_model(8), *bytes_in_pairs, "--checkpoint", whole)
    train(bytes_model(8), *bytes_in_pairs, "--checkpoint", f"{folder}/drawn/", "--checkpoint-every", 1, "--checkpoint-keep", 0)
    steps = sorted((folder / "drawn").iterdir())
    for workers in (0, 2):
        done = subprocess.run([dlc, "train", "--resume", str(steps[len(steps) // 2]), "--checkpoint", str(broken), "--workers", str(workers)],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0 and "otherwise" not in done.stderr, done.stderr
        assert kill_test.read_tensors(whole)[1] == kill_test.read_tensors(broken)[1], f"{workers} workers"

    # Labels of arrays: a place in a sequence that is no class, one that does not count, and what is no share.
    def sequences(bad):
        tokens = [97 + (i % 7) for i in range(40 * 8)]
        labels = [t + 1 for t in tokens]
        labels[5 * 8 + 2] = bad
        with zipfile.ZipFile(folder / "sequences.npz", "w") as file:
            file.writestr("tokens.npy", npy("<i4", (40, 8), struct.pack("<320i", *tokens)))
            file.writestr("labels.npy", npy("<i4", (40, 8), struct.pack("<320i", *labels)))
        return [bytes_model(8), f"npz:{folder}/sequences.npz", "--validation-split", 0.2, "--optimizer", "sgd,lr=1", "--epochs", 1, "--batch", 8]
    axis = "softmax-cross-entropy,axis=-1"
    said = train(*sequences(256), "--loss", axis, code=3)
    assert "row 5 (element 2 of the labels): the label is 256, but" in said and "scores for 256 classes, 0 to 255" in said, said
    said = train(*sequences(-1), "--loss", axis, code=3)
    assert "the label is -1" in said and "--loss softmax-cross-entropy,ignore=-1" in said, said
    train(*sequences(-1), "--loss", axis + ",ignore=-1")
    said = train(linear(4, 1), f"npy:{folder}/x.npy,labels={folder}/z.npy", "--validation-split", 0.2, "--loss", "binary-cross-entropy",
                 "--batch", 8, code=3)
    assert ", row " in said and "binary-cross-entropy takes labels from 0 to 1" in said, said

    # Sequences with their lengths as arrays: what CTC takes.
    def spoken(**changed):
        arrays = {"tokens": ("<i4", (24, 8), [i % 5 for i in range(24 * 8)]), "labels": ("<i4", (24, 3), [1 + i % 4 for i in range(24 * 3)]),
                  "sizes": ("<i4", (24,), [i % 4 for i in range(24)]), "lasts": ("<i4", (24,), [8 - i % 3 for i in range(24)]), **changed}
        with zipfile.ZipFile(folder / "spoken.npz", "w") as file:
            for name, (kind, shape, values) in arrays.items():
                file.writestr(f"{name}.npy", npy(kind, shape, struct.pack(f"<{len(values)}{'f' if 'f' in kind else 'i'}", *values)))
        return [bytes_model(8), f"npz:{folder}/spoken.npz,label-lengths=sizes,times=lasts", "--validation-split", 0.25,
                "--loss", "ctc,length=3,times=1,blank=255", "--optimizer", "sgd,lr=1", "--epochs", 3, "--batch", 6]
    epochs = [e for e in train(*spoken()) if e["event"] == "epoch"]
    assert epochs[-1]["validation_loss"] < epochs[0]["validation_loss"], epochs
    said = train(*spoken(lasts=("<i4", (24,), [9] * 24)), code=3)
    assert "row " in said and "lasts 9 times, but" in said and "scores for 8" in said, said
    said = train(*spoken(sizes=("<i4", (24,), [1] * 5 + [4] * 19)), code=3)
    assert "row 5: the label's length is 4, expected 0 to 3" in said, said
    said = train(*spoken(sizes=("<f4", (24,), [1.0] * 24)), code=3)
    assert "label-lengths=sizes: is 24xf32, expected a whole number for each sample" in said, said
    said = train(*spoken(labels=("<i4", (24, 3), [300] * 72)), code=3)
    assert "the label is 300, but" in said, said

    # An ONNX file whose weights lie beside it is another model when they are others.
    beside = folder / "beside.onnx"
    beside.write_bytes(onnx_beside("beside.bin"))
    (folder / "beside.bin").write_bytes(struct.pack("<12f", *[0.1 * i for i in range(12)]))
    state = folder / "beside.safetensors"
    command = [dlc, "train", str(beside), "--data", f"csv:{csv}", "--validation-split", "0.2", "--batch", "8", "--epochs", "1", "--json",
               "--device", device, "--checkpoint", str(state)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    again = [dlc, "train", "--resume", str(state), "--epochs", "2", "--json"]
    done = subprocess.run(again, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([*command[:-2], "--init", str(state)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0 and "begins anew" not in done.stderr, done.stderr  # its batch is open: weights have names yet
    (folder / "beside.bin").write_bytes(struct.pack("<12f", *[0.2 * i for i in range(12)]))
    done = subprocess.run(again, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3 and "was made with another model" in done.stderr, done.stderr

    # Sounds: high ones and low ones.
    for kind, pitch in (("high", 3), ("low", 1)):
        (folder / "sounds" / kind).mkdir(parents=True)
        for i in range(16):
            tone = [int(8000 * math.cos(2 * math.pi * pitch * t / 32) + rng.gauss(0, 500)) for t in range(32)]
            (folder / "sounds" / kind / f"{i}.wav").write_bytes(wav(tone))
    learns(linear(32, 2), f"wav:{folder}/sounds,std=0.3", "--validation-split", 0.25, *fast, accuracy=0.9)

    # Ends early; the best model is kept.
    events = train(linear(4, 3), f"csv:{csv}", "--validation-split", 0.2, *fast[:2], "--batch", 8, "--epochs", 50,
                   "--stop-at", "accuracy=0.9", "--save-best", folder / "best.onnx")
    epochs = [e for e in events if e["event"] == "epoch"]
    assert len(epochs) < 50 and epochs[-1]["accuracy"] >= 0.9 and all(e["accuracy"] < 0.9 for e in epochs[:-1])
    assert (folder / "best.onnx").exists()
    events = train(linear(4, 3), f"csv:{csv}", "--validation-split", 0.2, *fast[:2], "--batch", 8, "--epochs", 200, "--stop-patience", 3)
    accuracies = [e["accuracy"] for e in events if e["event"] == "epoch"]
    assert len(accuracies) < 200 and max(accuracies) == accuracies[-4] and max(accuracies[:-4], default=0) < accuracies[-4], accuracies
print("every kind of data trains")
