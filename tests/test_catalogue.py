"""Every record of the catalogue under every check: our version against torch's, on drawn calls and on illegal ones."""

import pytest
from hypothesis import given

from reference import catalogue
from reference.checks import checks

PAIRS = [(record, check) for record in catalogue() for check in checks(record)]


@pytest.mark.parametrize(
    ("record", "check"), PAIRS, ids=[f"{record.name}-{check.name.replace(' ', '-')}" for record, check in PAIRS]
)
def test_record(record, check):
    if check.calls is None:
        check.run()
        return

    @given(check.calls)
    def passes(call):
        check.run(call)

    passes()
