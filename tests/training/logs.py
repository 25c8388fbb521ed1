"""What --log writes: lines of JSON, event files decoded here by the formats' own rules, a page that needs nothing else.

    logs.py DLC ROOT
"""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

dlc, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("kill_test", str(root / "tools/kill-test"))
kill_test = importlib.util.module_from_spec(importlib.util.spec_from_loader("kill_test", loader))
loader.exec_module(kill_test)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # the polynomial's published check value


def records(path):
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked(data[:8]), f"{path}: the length's checksum"
        body = data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == masked(body), f"{path}: the record's checksum"
        yield body
        data = data[16 + length :]


def fields(data):
    """(number, wire type, value) of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value = varint()
        elif kind == 1:
            (value,) = struct.unpack("<d", data[at : at + 8])
            at += 8
        elif kind == 5:
            (value,) = struct.unpack("<f", data[at : at + 4])
            at += 4
        else:
            assert kind == 2, f"wire type {kind}"
            length = varint()
            value = data[at : at + length]
            at += length
        yield number, kind, value


def read_board(folder):
    """tag -> {step: value}, file by file as TensorBoard reads them: a START drops its step and what is behind."""
    board = {}
    for path in sorted(folder.glob("events.out.tfevents.*"), key=lambda p: p.stat().st_mtime_ns):
        for index, record in enumerate(records(path)):
            event = {number: (kind, value) for number, kind, value in fields(record)}
            assert event[1][0] == 1 and event[1][1] > 1.6e9, "wall_time, a double"
            step = event[2][1]
            if index == 0:
                assert event[3] == (2, b"brain.Event:2"), event
            if 7 in event:
                assert list(fields(event[7][1])) == [(1, 0, 1)], "SessionLog.START"
                for values in board.values():
                    for old in [s for s in values if s >= step]:
                        del values[old]
            if 5 in event:
                for number, kind, value in fields(event[5][1]):
                    assert (number, kind) == (1, 2)
                    scalar = {n: v for n, _, v in fields(value)}
                    assert set(scalar) == {1, 2}, scalar
                    board.setdefault(scalar[1].decode(), {})[step] = scalar[2]
    return board


def page_of(folder):
    text = (folder / "index.html").read_text()
    assert not re.search(r"""(src|href)\s*=|fetch\(|XMLHttp|@import|url\(""", text), "the page loads something"
    links = set(re.findall(r"https?://[^\"']*", text)) - {"http://www.w3.org/2000/svg"}
    assert not links, links
    (data,) = re.findall(r"^const page = (.*);$", text, re.M)
    return json.loads(data)


def lines(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


with tempfile.TemporaryDirectory(prefix="dlc-logs-") as place:
    folder = pathlib.Path(place)
    kill_test.write_idx(folder, 320, random.Random(2))

    def run(*arguments):
        done = subprocess.run([dlc, "train", *map(str, arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    basic = [root / "examples/mlp.mlir", "--data", f"idx:{folder}", "--batch", 32, "--log-every", 2, "--device", "cpu"]
    log = folder / "log<&"
    events = run(*basic, "--epochs", 3, "--log", log, "--checkpoint", folder / "c", "--checkpoint-every", 1)
    told = {10 * (e["epoch"] - 1) + e["step"]: e["loss"] for e in events if e["event"] == "loss"}
    assert len(told) == 15

    written = lines(log)
    assert [e["event"] for e in written].count("loss") == 15 and written[0]["event"] == "start" and written[-1]["event"] == "done"
    assert {e["total"]: e["loss"] for e in written if e["event"] == "loss"} == told
    assert all(e["learning_rate"] == struct.unpack("f", struct.pack("f", 0.01))[0] for e in written if e["event"] == "loss")
    norms = [e["gradient_norm"] for e in written if e["event"] == "loss"]
    assert all(0 < norm < 1e3 for norm in norms) and len(set(norms)) > 5, norms

    board = read_board(log)
    assert board["loss/train"].keys() == told.keys(), board["loss/train"]
    for step, loss in told.items():
        assert abs(board["loss/train"][step] - loss) <= 1e-6 * abs(loss)
    assert set(board["accuracy/validation"]) == {10, 20, 30} and set(board["gradient_norm"]) == set(told)

    page = page_of(log)
    assert page["state"] == "finished" and page["progress"] == 1
    charts = {chart["title"]: chart["curves"] for chart in page["charts"]}
    assert [p[0] for p in charts["Loss"][0]["points"]] == sorted(told), charts["Loss"]
    assert {"Loss", "Accuracy", "Learning rate", "Gradient norm", "Samples a second"} == set(charts), set(charts)

    # Epochs that are shorter than a window tell of their steps, too, and the factor of f16 is told wherever people look.
    half = folder / "f16"
    said = run(*basic[:-4], "--log-every", 100, "--device", "cpu", "--precision", "f16", "--epochs", 2, "--log", half)
    assert all(e["loss_scale"] == 65536 for e in said + lines(half) if e["event"] == "epoch"), said
    assert all(e["learning_rate"] > 0 and e["gradient_norm"] > 0 for e in lines(half) if e["event"] == "epoch"), lines(half)
    board = read_board(half)
    assert set(board["loss_scale"]) == set(board["learning_rate"]) == {10, 20} and board["loss_scale"][20] == 65536, board
    charts = {chart["title"]: [p[0] for p in chart["curves"][0]["points"]] for chart in page_of(half)["charts"]}
    assert charts["Loss scale"] == charts["Learning rate"] == charts["Samples a second"] == [10, 20], charts
    told_plainly = subprocess.run([dlc, "train", *map(str, basic), "--precision", "f16", "--epochs", "1"], stdout=subprocess.PIPE, text=True)
    assert told_plainly.stdout.count(", loss scale 65536") == 6, told_plainly.stdout

    # Gone on with: what was logged behind the checkpoint is dropped, the rest stays, everywhere; the numbers are those
    # of a run that was never stopped.
    half = folder / "half"
    run(*basic, "--epochs", 3, "--steps", 16, "--log", half, "--checkpoint", folder / "h", "--checkpoint-every", 1)
    run("--resume", folder / "h", "--steps", 0)
    assert {e["total"]: e["loss"] for e in lines(half) if e["event"] == "loss"}.keys() == told.keys()
    assert read_board(half)["loss/train"].keys() == told.keys()
    charts = {chart["title"]: chart["curves"] for chart in page_of(half)["charts"]}
    assert [p[0] for p in charts["Loss"][0]["points"]] == sorted(told)

    # Several losses are told each by itself, gone on with or not.
    both = ["--loss", "softmax-cross-entropy", "--loss", "softmax-cross-entropy,smoothing=0.2,weight=0.5"]
    names = ["softmax-cross-entropy.1", "softmax-cross-entropy.2"]
    run(*basic, *both, "--epochs", 2, "--log", folder / "two")
    run(*basic, *both, "--epochs", 2, "--steps", 13, "--log", folder / "stopped", "--checkpoint", folder / "s", "--checkpoint-every", 1)
    run("--resume", folder / "s", "--steps", 0)
    own = [[e["losses"] for e in lines(folder / log) if e["event"] == "loss"] for log in ("two", "stopped")]
    assert len(own[0]) == 10 and list(own[0][0]) == names, own
    assert all(abs(a[name] - b[name]) < 1e-6 for a, b in zip(*own, strict=True) for name in names), own
    assert all(abs(e["losses"][names[0]] + 0.5 * e["losses"][names[1]] - e["loss"]) < 1e-5 for e in lines(folder / "two") if "losses" in e)
    board, page = read_board(folder / "two"), page_of(folder / "two")
    assert set(board[f"losses/{names[1]}/validation"]) == {10, 20} and len(board[f"losses/{names[0]}/train"]) == 10, board.keys()
    assert [chart["title"] for chart in page["charts"]][:3] == ["Loss"] + [f"Loss: {name}" for name in names], page["charts"]
    assert [len(curve["points"]) for curve in page["charts"][2]["curves"]] == [10, 2], page["charts"][2]

    # To look on changes nothing.
    run(*basic, "--epochs", 3, "--checkpoint", folder / "quiet")
    first, second = kill_test.read_tensors(folder / "c")[1], kill_test.read_tensors(folder / "quiet")[1]
    assert first == second, "with --log the weights are others"
print("logs are what they should be")
