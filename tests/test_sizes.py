"""The calls of the sizes that training meets pass the check against torch; no function of networks is without one."""

import pytest

from reference import catalogue, find
from reference.record import Op
from reference.sizes import SIZES, typical


@pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated
@pytest.mark.parametrize("name", SIZES)
def test_calls_of_typical_sizes_equal_torchs(name):
    for call in typical(name):
        find(name).check(call)


def test_every_function_of_networks_has_one():
    functions = {record.name for record in catalogue() if type(record) is Op and record.path == "nn.functional"}
    functions = {name for name in functions if " " not in name and "." not in name and "loops" not in name}
    public = {name for name in functions if find(name).public.startswith("nn.functional")}
    assert public and not public - set(SIZES)
