"""Every block of the course prints and computes on minitorch_edu what it does on torch; every slip gets its error."""

import importlib
from pathlib import Path

import pytest
from course import Block, Slip, compare, run
from section_3_network import QUICK_NET, TRAIN_WITHOUT_LOG

from reference.torchvision import torchvision  # noqa: F401  makes the import possible beside a torch without CUDA

SECTIONS = sorted(path.stem for path in Path(__file__).parent.glob("section_*.py"))
BLOCKS = [block for section in SECTIONS for block in importlib.import_module(section).BLOCKS]


def both(block, desk, seed=0):
    """The outcomes of a block on minitorch_edu and on torch."""
    return [run(block, library, desk(library), seed) for library in ("minitorch_edu", "torch")]


@pytest.mark.parametrize("block", [block for block in BLOCKS if not isinstance(block, Slip)], ids=str)
def test_block(block, desk):
    ours, theirs = both(block, desk)
    assert theirs.lines or theirs.logged, "a block that prints and logs nothing compares nothing"
    compare(ours, theirs, trains=".step()" in block.source)


@pytest.mark.parametrize("slip", [block for block in BLOCKS if isinstance(block, Slip)], ids=str)
def test_slip(slip, desk):
    ours, theirs = both(slip, desk)
    for outcome, expected in ((theirs, slip.torchs), (ours, slip.ours)):
        assert isinstance(outcome.error, expected), repr(outcome.error)
    missing = [word for word in slip.words if word not in str(ours.error)]
    assert not missing, f"the message lacks {missing}: {ours.error}"


FLOAT64 = {  # where the sign of a tiny gradient decides about a step, roundings of float32 do not stay small
    "QuickNet().to(device)": "QuickNet().to(device).double()",
    "pictures.to(device)": "pictures.to(device).double()",
}


@pytest.mark.parametrize(
    ("seed", "batch_size", "optimizer", "changes"),
    [
        (1, 5, "SGD(net.parameters(), lr=rate, momentum=0.9)", {}),
        (2, 16, "Adam(net.parameters(), lr=1e-3)", {}),
        (3, 64, "RMSprop(net.parameters(), lr=1e-4)", FLOAT64),
        (4, 20, "Adagrad(net.parameters())", FLOAT64),
    ],
    ids=["SGD", "Adam", "RMSprop", "Adagrad"],
)
def test_another_seed_batch_size_and_optimizer(seed, batch_size, optimizer, changes, desk):
    source = TRAIN_WITHOUT_LOG
    for old, new in {
        "batch_size=8": f"batch_size={batch_size}",
        "SGD(net.parameters(), lr=rate)": optimizer,
        "epochs = 5": "epochs = 1",
        **changes,
    }.items():
        assert old in source
        source = source.replace(old, new)
    compare(*both(Block(f"3 {optimizer}", source, QUICK_NET), desk, seed), trains=True)
