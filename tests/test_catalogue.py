"""Every record of the catalogue: our version against torch's, on drawn calls and on illegal ones."""

import pytest
from hypothesis import given

from reference import catalogue

RECORDS = catalogue()
ILLEGAL = [(record, illegal) for record in RECORDS for illegal in record.illegal]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_equals_torch(record):
    @given(record.calls)
    def check(call):
        record.check(call)

    check()


@pytest.mark.parametrize(("record", "illegal"), ILLEGAL, ids=[f"{r.name}-{i}" for i, (r, _) in enumerate(ILLEGAL)])
def test_illegal_call_is_explained(record, illegal):
    record.check_illegal(illegal)
