"""torchrun: several processes train as one does, and none waits for another that is dead."""

import csv
import os
import subprocess
import sys
import time

import pytest

from minitorch_edu.cli import main
from reference.data import write_pictures

OPTIONS = ["train", "--backend", "torch", "--device", "cpu", "--data", "cifar10"]
SIZES = ["--recipe", "tutorial", "--batch-size", "19", "--epochs", "2", "--lr", "0.1"]  # 20 pictures: 10 + 9, 1 + 0
# torchrun looks every 5 s how its processes do: before it ends one, that one can say why itself.
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "--monitor-interval", "5"]  # fmt: skip


def torchrun(*words):
    """Run it with two processes; (what it said, exit status)."""
    done = subprocess.run([*TORCHRUN, *words], capture_output=True, text=True, timeout=100,
                          env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    return done.stdout + done.stderr, done.returncode


@pytest.fixture
def options(tmp_path):
    """Options of `train`, with pictures to train on."""
    write_pictures(tmp_path)
    return [*OPTIONS, "--data-root", str(tmp_path)]


def curve(folder):
    with open(folder / "history.csv") as file:
        return [
            {name: float(value) for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)
        ]


def test_two_processes_have_the_curve_of_one(options, tmp_path):
    """Two epochs in two processes, the second of them again in one, which goes on; beside two epochs in one."""
    one, two, mixed = (tmp_path / name for name in ("one", "two", "mixed"))
    said, status = torchrun("-m", "minitorch_edu", *options, *SIZES, "--out", str(two))
    assert status == 0, said
    assert said.count("epoch 2: test loss") == 1 and "2 processes" in said  # one of them prints
    assert main([*options, *SIZES, "--out", str(one)]) == 0
    assert main(["train", "--resume", str(two / "epoch-01.pt"), "--out", str(mixed)]) == 0
    expected = curve(one)
    assert len(expected) == 2
    for folder in (two, mixed):
        for got, row in zip(curve(folder), expected, strict=True):
            assert got == pytest.approx(row, rel=1e-5), f"{folder.name}, epoch {row['epoch']}"
    assert sorted(os.listdir(two)) == sorted(os.listdir(one))


def test_an_early_interruption_is_not_forgotten(options, tmp_path):
    """Ctrl-C between the meeting of the processes and the first step."""
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal, sys\n"
        "from minitorch_edu import cli\n"
        "from minitorch_edu.training import data\n"
        "find_data = data.find_data\n"
        "def interrupted(*arguments):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return find_data(*arguments)\n"
        "data.find_data = interrupted\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    said, status = torchrun(str(program), *options, *SIZES, "--out", str(tmp_path / "out"))
    assert status != 0 and os.listdir(tmp_path / "out") == ["stopped.pt"], said
    assert f"to go on: torchrun --nproc-per-node 2 -m minitorch_edu train --resume {tmp_path / 'out'}" in said, said
    assert said.count("exitcode  : 130") == 2, said


def test_a_process_that_ends_ends_the_other_with_a_message(options, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys, time\n"
        "from minitorch_edu import cli\n"
        "from minitorch_edu.training import fast\n"
        "count = fast.FastTraining.count\n"
        "def dies(self, *result):\n"
        "    count(self, *result)\n"
        "    if self.engine.group.rank == 1 and self.step == 2:\n"
        "        print(f'died at {time.time()}', file=sys.stderr, flush=True)\n"
        "        os._exit(3)\n"
        "fast.FastTraining.count = dies\n"
        "cli.main(sys.argv[1:])\n"
    )
    said, status = torchrun(str(program), *options, *SIZES, "--out", str(tmp_path / "out"))
    ended = time.time()
    died = float(said.partition("died at ")[2].split()[0])
    assert status != 0 and ended - died < 20, f"{ended - died:.0f} s later: {said}"
    assert "exitcode  : 3" in said  # torchrun's own report
    assert "process 0 of 2 ends: another one has ended" in said, said
