"""What the conformance suites ask of a device before they run on it."""

import json
import subprocess
import sys


def require(dlc, device):
    """Ends with exit code 77, a counted skip, where cuda is asked for and there is none."""
    if device != "cuda":
        return
    there = json.loads(subprocess.run([dlc, "devices", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    if there["auto"] != "cuda":
        print("skipped: there is no GPU here")
        sys.exit(77)
