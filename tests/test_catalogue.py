"""Every record of the catalogue under every check: our version against torch's, on drawn calls and on illegal ones.

The drawn calls must also give every option that torch has (but those that ours refuses by name), and notice every
gradient that is zeroed, negated or halved.
"""

import numpy as np
import pytest
from hypothesis import given, settings

from reference import catalogue
from reference.checks import checks
from reference.coverage import coverage
from reference.record import Call
from reference.trial import unnoticed


@pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated
@pytest.mark.parametrize("record", catalogue(), ids=lambda record: record.name)
def test_drawn_calls(record):
    several = [check for check in checks(record) if check.drawn]
    calls = []

    @given(record.calls)
    def passes(call):
        calls.append(call)
        for check in several:
            check(call)

    passes()
    assert not unnoticed(record, calls)
    if settings().max_examples >= 40:
        covered = coverage(record, calls)
        print(f"{record.name}: {covered}" if covered.options else "")
        assert not covered.missing, f"{record.name}: no call gives {covered.missing}; {covered}"


@pytest.mark.parametrize("record", catalogue(), ids=lambda record: record.name)
def test_illegal_calls(record):
    for check in checks(record):
        if not check.drawn:
            check()


@pytest.mark.parametrize("name", ["softmax", "softmin"])
@pytest.mark.parametrize("gap", [0.0, 8.0, 16.0, 24.0, 32.0])
def test_a_gradient_of_softmax_whose_terms_cancel(name, gap):
    """y * (g - sum(g * y)), where one y is nearly 1: torch's own float64 is many roundings off there."""
    scores = np.arange(-5.0, 7.0).reshape(4, 3) * 1000
    scores[2] = scores[3] - gap
    [record] = [record for record in catalogue() if record.name == name]
    for options in ({}, {"dtype": "float64"}):
        record.check(Call(-scores if name == "softmin" else scores, 0, **options))
