"""Short runs of the examples that README.md names, on small data that examples/data.py makes: they learn, and are saved and read.

    earnest.py DLC ROOT
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

dlc, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()


def call(*command):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.decode()}"
    return done.stdout


with tempfile.TemporaryDirectory(prefix="dlc-earnest-") as place:
    folder = pathlib.Path(place)

    def train(model, data, *arguments):
        out = call(dlc, "train", root / f"examples/models/{model}.mlir", "--data", data, "--device", "cpu", "--json", *arguments,
                   "--save", folder / f"{model}.onnx")
        return [json.loads(line) for line in out.splitlines()][-1]

    def made(kind, count):
        again = [folder / f"{kind}{i}.npz" for i in range(2)]
        for file in again:
            call(sys.executable, root / "examples/data.py", kind, file, "--train", count if file == again[0] else 3, "--test", 40)
        return f"npz:{again[0]}"

    done = train("unet3d", made("spheres", 160), "--loss", "dice", "--optimizer", "adamw,lr=0.01", "--schedule", "cosine", "--batch", 8,
                 "--epochs", 10, "--stop-at", "dice=0.8")
    print(f"unet3d: dice {done['dice']:.3f}, validation loss {done['validation_loss']:.3f}")
    assert done["dice"] >= 0.8 and done["accuracy"] is None, done

    done = train("detector", made("shapes", 800), "--loss", "focal,by_positives=1", "--optimizer", "adamw,lr=0.003", "--schedule",
                 "cosine", "--batch", 16, "--epochs", 8, "--stop-at", "f1=0.6")
    print(f"detector: f1 {done['f1']:.3f}, validation loss {done['validation_loss']:.3f}")
    assert done["f1"] >= 0.6, done

    done = train("speech", made("speech", 800), "--loss", "ctc,axis=-1,length=6", "--optimizer", "adamw,lr=0.005", "--batch", 16,
                 "--epochs", 30, "--stop-at", "symbols=0.9")
    print(f"speech: symbols {done['symbols']:.3f}, validation loss {done['validation_loss']:.3f}")
    assert done["symbols"] >= 0.9, done

    text = folder / "text"
    text.write_bytes(b"".join(file.read_bytes() for file in sorted((root / "docs").glob("*.md"))))
    done = train("lstm", f"text:{text},context=64", "--validation-split", 0.1, "--loss", "softmax-cross-entropy,axis=-1",
                 "--optimizer", "adamw,lr=0.005", "--batch", 32, "--steps", 120)
    print(f"lstm: validation loss {done['validation_loss']:.3f}")
    assert done["validation_loss"] < 3, done
    said = call(dlc, "run", folder / "lstm.onnx", "--sample", 200, "--prompt", "A model ", "--temperature", 0.5, "--seed", 1, "--device", "cpu")
    print(said.decode(errors="replace"))
    # Letters and blanks, as in the text: drawn evenly, hardly a third would be.
    assert said.startswith(b"A model ") and sum(chr(c).islower() or chr(c) == " " for c in said) > 120, said
