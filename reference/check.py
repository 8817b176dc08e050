"""check: start examine.py, where a learner's code can hang or crash without harm, and watch over it."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import reference

__all__ = ["check"]

PATIENCE = 60  # seconds beyond the limit of a call, for imports and for drawing


def check(name, file, examples, seconds):
    """The exit status for FILE.py[:FUNCTION] as a version of the record: 0 right, 1 wrong, 2 could not be checked."""
    path, _, function = file.partition(":")
    root = os.path.dirname(os.path.dirname(os.path.abspath(reference.__file__)))
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        progress = os.path.join(folder, "progress")
        command = [sys.executable, "-m", "reference.examine", name, path, function, "--examples", str(examples),
                   "--seconds", str(seconds), "--progress", progress]  # fmt: skip
        with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}) as process:
            started = time.time()
            while process.poll() is None:
                time.sleep(0.05)
                last = os.path.getmtime(progress) if os.path.exists(progress) else started
                if time.time() - last > seconds + PATIENCE:
                    process.kill()
                    print(f"WRONG: too slow: it did not come back in {seconds + PATIENCE:g} s, while {doing(progress)}")
                    return 1
        status = process.returncode
        if status < 0:
            print(f"WRONG: the process died of {signal.Signals(-status).name}, while {doing(progress)}")
            return 1
        if doing(progress) != f"verdict {status}":
            print(f"WRONG: the code ended the process (exit status {status}), while {doing(progress)}")
            return 1
        return status


def doing(progress):
    """What was being done, as examine wrote it down."""
    if not os.path.exists(progress):
        return "the file was loaded and first called"
    with open(progress) as file:
        return file.read() or "the file was loaded and first called"
