#!/usr/bin/env python3
"""Makes data for examples to train on, out of numbers drawn by a seed; needs nothing but Python.

    data.py spheres FILE.npz     volumes of 16x16x16 with bright spheres in noise, and masks: examples/models/unet3d.mlir
    data.py shapes FILE.npz      images of 32x32 with disks, squares and triangles, and maps of their middles: detector.mlir
    data.py speech FILE.npz      sounds of up to six syllables, and which they are: speech.mlir

--train N and --test N are how many samples there are, --seed S draws others.
"""

import argparse
import array
import math
import random
import struct
import sys
import zipfile


def spheres(rng, size=16):
    """Voxels as bytes, and 1 where a sphere is."""
    centres = [([rng.uniform(3, size - 4) for _ in range(3)], rng.uniform(2.5, 5)) for _ in range(rng.randint(1, 2))]
    grey, bright = rng.uniform(60, 110), rng.uniform(50, 90)
    x, y = bytearray(), bytearray()
    squares = [([[(i - c) ** 2 for i in range(size)] for c in centre], radius**2) for centre, radius in centres]
    for i in range(size**3):
        a, b, c = i // size**2, i // size % size, i % size
        inside = 0
        for s, most in squares:
            if s[0][a] + s[1][b] + s[2][c] <= most:
                inside = 1
        x.append(min(255, max(0, int(rng.gauss(grey + bright * inside, 30)))))
        y.append(inside)
    return x, y


def inside_of(kind, half, dx, dy):
    """Whether a point lies in a disk, a square or a triangle that stands on its side."""
    if kind == 0:
        return dx * dx + dy * dy <= half * half
    if kind == 1:
        return abs(dx) <= 0.9 * half and abs(dy) <= 0.9 * half
    return abs(dy) <= half and abs(dx) <= 0.6 * (half + dy)


def shapes(rng, size=32, cell=4, halves=(3, 4.5, 6.5)):
    """Pixels as bytes, and for each shape and size a map of the cells, 1 where a middle is."""
    found = []
    for _ in range(rng.randint(1, 3)):
        for _ in range(20):  # one that touches no other
            kind, large = rng.randrange(3), rng.randrange(3)
            half = halves[large] * rng.uniform(0.9, 1.1)
            cx, cy = rng.uniform(half, size - half), rng.uniform(half, size - half)
            if all(math.hypot(cx - x, cy - y) > 1.2 * (half + h) for _, _, h, x, y, _ in found):
                found.append((kind, large, half, cx, cy, rng.choice((-1, 1)) * rng.uniform(60, 110)))
                break
    x, y = bytearray(), bytearray(9 * (size // cell) ** 2)
    for i in range(size * size):
        grey = 128 + sum(g for kind, _, half, cx, cy, g in found if inside_of(kind, half, i % size + 0.5 - cx, i // size + 0.5 - cy))
        x.append(min(255, max(0, int(rng.gauss(grey, 12)))))
    for kind, large, _, cx, cy, _ in found:
        y[(kind * 3 + large) * (size // cell) ** 2 + int(cy / cell) * (size // cell) + int(cx / cell)] = 1
    return x, y


def speech(rng, samples=2048, longest=6):
    """Samples from -1 to 1 at 8 kHz: syllables of two formants each, with pauses; their numbers from 1, then -1."""
    formants = [(260, 2200), (390, 1900), (520, 1600), (650, 1250), (780, 1000), (420, 850), (300, 700), (580, 2600)]
    spoken = [rng.randint(1, len(formants)) for _ in range(rng.randint(2, longest))]
    x, at = [rng.gauss(0, 0.03) for _ in range(samples)], rng.randint(0, 60)
    for symbol in spoken:
        length, voice, loud = rng.randint(160, 250), rng.uniform(0.93, 1.07), rng.uniform(0.5, 1)
        for i in range(length):
            envelope = loud * math.sin(math.pi * (i + 0.5) / length)
            for share, formant in zip((0.5, 0.35), formants[symbol - 1]):
                x[at + i] += share * envelope * math.sin(2 * math.pi * formant * voice * i / 8000)
        at += length + rng.randint(25, 75)
    return array.array("f", x), array.array("i", spoken + [-1] * (longest - len(spoken)))


def npy(kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + data


# name: sample, samples to train on, type and shape of values, type and shape of labels
KINDS = {
    "spheres": (spheres, 600, "|u1", [1, 16, 16, 16], "|u1", [1, 16, 16, 16]),
    "shapes": (shapes, 3000, "|u1", [1, 32, 32], "|u1", [9, 8, 8]),
    "speech": (speech, 2000, "<f4", [1, 2048], "<i4", [6]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file")
    parser.add_argument("--train", type=int)
    parser.add_argument("--test", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if sys.byteorder != "little":
        sys.exit("data.py writes as little-endian machines have it")
    sample, usual, x_type, x_shape, y_type, y_shape = KINDS[given.kind]
    with zipfile.ZipFile(given.file, "w") as archive:
        for part, count in (("train", given.train or usual), ("test", given.test)):
            rng = random.Random(f"{given.kind} {part} {given.seed}")
            pairs = [sample(rng) for _ in range(count)]
            for name, kind, shape, which in (("x", x_type, x_shape, 0), ("labels", y_type, y_shape, 1)):
                entry = zipfile.ZipInfo(f"{name}_{part}.npy")  # of no date: the same file again
                archive.writestr(entry, npy(kind, [count, *shape], b"".join(bytes(p[which]) for p in pairs)))


if __name__ == "__main__":
    main()
