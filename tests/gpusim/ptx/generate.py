#!/usr/bin/env python3
"""Writes the PTX tests: generate.py FOLDER. See cases/emit.py for what the files hold."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
from cases import ALL  # noqa: E402

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
names = []
for module in ALL:
    for group in module.groups():
        group.save(folder)
        names.append(group.name)
from cases.refused import REFUSED  # noqa: E402

(folder / "refused").write_text("".join(f"{what}\t{text}\n" for text, what in REFUSED))
(folder / "groups").write_text("\n".join(names) + "\n")
