"""Ways that only large sizes take are checked on the small ones too, which are drawn to hurt."""

import numpy as np
import pytest

from minitorch_edu.ops import conv, matmul, max_pool
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


@pytest.mark.parametrize("place", [True, False], ids=["AVX-512", "others"])
@pytest.mark.parametrize("shape", [(105, 200, 500), (105, 200, 900), (7, 3, 2), (5, 0, 3)])
def test_few_rows_at_a_time_make_the_same_product(shape, place, monkeypatch):
    """Of rows that lie apart, into rows that lie apart: in tens with five over, at once, of no columns."""
    monkeypatch.setattr(matmul, "multiplies_in_place", lambda: place)
    (M, K, N), random = shape, np.random.default_rng(0)
    a, b, out = random.random((2, M, K + 3))[..., 1 : K + 1], random.random((2, K, N)), np.zeros((2, M, 2, N))
    matmul.multiply(a, b, out[:, :, 1])
    np.testing.assert_allclose(out[:, :, 1], a @ b, rtol=1e-13)
    assert not out[:, :, 0].any()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"])
def test_a_convolution_of_few_rows_at_a_time(name, monkeypatch):
    monkeypatch.setattr(matmul, "multiplies_in_place", lambda: True)
    monkeypatch.setattr(matmul, "IN_PLACE", 200)
    for call in draw(find(name).calls, 60):
        find(name).check(call)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d", "max_pool3d"])
def test_gradients_of_max_pooling_by_blocks_of_one_picture(name, monkeypatch):
    monkeypatch.setattr(max_pool, "BLOCK", 1)
    for call in draw(find(name).calls, 40):
        find(name).check(call)
