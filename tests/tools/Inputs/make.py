"""Writes the small files beside it that tests of data sources read: by NumPy, Pillow and Python's wave module.

    make.py        needs numpy and pillow; what it writes is committed
"""

import pathlib
import wave

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).resolve().parent
x = (np.arange(5 * 2 * 3).reshape(5, 2, 3) * 8).astype(np.uint8)
y = np.array([0, 1, 2, 0, 1], np.int64)
np.savez_compressed(here / "packed.npz", x_train=x, y_train=y, x_test=x[:2] + 1, y_test=y[:2])
np.savez(here / "stored.npz", a=x.astype(np.float32), labels=y)

# Three pixels wide, two high: red, green, blue; black, grey, white.
pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [128, 128, 128], [255, 255, 255]]], np.uint8)
Image.fromarray(pixels).save(here / "colour.png")
Image.fromarray(pixels).convert("P", palette=Image.ADAPTIVE).save(here / "palette.png")
Image.fromarray(pixels[:, :, 0]).save(here / "grey.png")
# JPEG keeps flat areas well.
Image.fromarray(np.full((8, 16, 3), (200, 60, 20), np.uint8)).save(here / "flat.jpg", quality=95)
Image.fromarray(np.full((8, 16), 77, np.uint8)).save(here / "grey.jpg", quality=95)

with wave.open(str(here / "stereo.wav"), "wb") as file:
    file.setnchannels(2)
    file.setsampwidth(2)
    file.setframerate(8000)
    file.writeframes(np.array([[0, 0], [16384, 0], [-32768, -32768], [32767, 32767]], "<i2").tobytes())
with wave.open(str(here / "deep.wav"), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(3)
    file.setframerate(8000)
    file.writeframes(bytes([0, 0, 0x40, 0, 0, 0xC0, 1, 0, 0]))
