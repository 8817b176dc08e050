"""Every record of the catalogue under every check: our version against torch's, on drawn calls and on illegal ones.

The calls must also give every option that torch has, but those that ours refuses by name.
"""

import pytest
from hypothesis import given, settings

from reference import catalogue
from reference.checks import checks
from reference.coverage import coverage

PAIRS = [(record, check) for record in catalogue() for check in checks(record)]


@pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated
@pytest.mark.parametrize(
    ("record", "check"), PAIRS, ids=[f"{record.name}-{check.name.replace(' ', '-')}" for record, check in PAIRS]
)
def test_record(record, check):
    if check.calls is None:
        check.run()
        return

    calls = []

    @given(check.calls)
    def passes(call):
        calls.append(call)
        check.run(call)

    passes()
    if check.name == "equals torch" and settings().max_examples >= 40:
        covered = coverage(record, calls)
        print(f"{record.name}: {covered}" if covered.options else "")
        assert not covered.missing, f"{record.name}: no call gives {covered.missing}; {covered}"
