"""Ways that only large sizes take are checked on the small ones too, which are drawn to hurt."""

import pytest

from minitorch_edu.ops import conv
from reference import find
from reference.explore import draw


@pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated
@pytest.mark.parametrize("few", [1, 10**6], ids=["by places", "by windows"])
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"])
def test_both_ways_to_the_gradient_of_a_convolutions_weight(name, few, monkeypatch):
    monkeypatch.setattr(conv, "FEW", few)
    for call in draw(find(name).calls, 120):
        find(name).check(call)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"])
def test_blocks_of_one_picture(name, monkeypatch):
    monkeypatch.setattr(conv, "BLOCK", 1)
    for call in draw(find(name).calls, 15):
        find(name).check(call)
