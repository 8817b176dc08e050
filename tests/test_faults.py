"""The faults of torch for which calls are not drawn are still there."""

import subprocess
import sys

import pytest
import torch

from reference import find
from reference.faults import FAULTS

GONE = 3


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_torch_still_has_the_fault(fault):
    there = still_in_another_process(fault) if fault.alone else fault()
    does = fault.__doc__.splitlines()[0]
    assert there, f"torch {torch.__version__} no longer does this: {does} Draw these calls again in {fault.records}"


def still_in_another_process(fault):
    """Whether it is there, or has brought the process down."""
    code = f"import sys; from reference import faults; sys.exit(0 if faults.{fault.__name__}() else {GONE})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode in (0, GONE) or done.returncode < 0, done.stderr
    return done.returncode != GONE


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_names_its_records_and_its_issue(fault):
    for name in fault.records:
        assert find(name).name == name
    assert "https://github.com/pytorch/" in fault.__doc__ or "No upstream issue found" in fault.__doc__
