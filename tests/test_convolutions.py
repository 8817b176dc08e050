"""Every way to convolve is the convolution, and the race of them says what was measured."""

import argparse
import sys

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from benchmarks import experiments
from benchmarks.convolutions import WAYS, bench, ways
from benchmarks.convolutions import bench as bench_function
from minitorch_edu.ops.conv import correlate, correlate_weight, spread
from reference.draw import arrays
from reference.record import Call, roundings

racing = sys.modules[bench_function.__module__]  # benchmarks.convolutions.bench is the function


@st.composite
def calls(draw):
    """Calls of all ways: nothing is square, more pictures than Winograd's block, windows that the padding fills."""
    kernel, stride = draw(st.tuples(*[st.sampled_from([3, 2, 3, 1, 5])] * 2)), draw(st.integers(1, 3))
    if draw(st.booleans()):
        kernel, stride = (3, 3), 1  # which Winograd takes
    padding = draw(st.integers(0, 3))
    size = st.integers(1, 9)
    H, W = draw(size), draw(size)
    assume(H + 2 * padding >= kernel[0] and W + 2 * padding >= kernel[1])
    N, C, F = draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 5))
    kinds = ("normal", "ties", "transposed")
    kwargs = {"stride": stride, "padding": padding}
    if draw(st.booleans()):
        kwargs["bias"] = draw(arrays((F,), ("normal",)))
    return Call(draw(arrays((N, C, H, W), kinds)), draw(arrays((F, C, *kernel), kinds)), **kwargs)


def by(way, call, dtype):
    call = call.map(lambda a: a.astype(dtype))
    return WAYS[way].conv(*call.args, **call.kwargs)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "torch"])
@given(call=calls())
@example(call=Call(np.ones((1, 1, 1, 1)), np.ones((1, 1, 3, 3)), padding=3))  # windows of padding only
def test_equals_torch(way, call):
    """In float64 up to 32 roundings of the largest output there could be; in float32 as exact as torch, or nearly."""
    assume(WAYS[way].applies(call.args[1].shape[2:], call.kwargs.get("stride", 1)))
    truth = by("torch", call, np.float64)
    terms = np.abs(call.args[0]).max() * np.abs(call.args[1]).sum((1, 2, 3)).max()  # of FFT, all of the picture counts
    error = {}
    for name, dtype in ((way, np.float64), (way, np.float32), ("torch", np.float32)):
        y = by(name, call, dtype)
        assert y.dtype == dtype and y.shape == truth.shape, f"{name}: {y.dtype} {y.shape}, not {dtype} {truth.shape}"
        error[name, dtype] = roundings(y, truth, dtype, least=terms)
    ours, single, torchs = error.values()
    assert ours <= 32, f"{way}: {ours:.3g} float64 roundings\n{call}"
    assert single <= 4 * torchs + 8, f"{way}: {single:.3g} float32 roundings, torch {torchs:.3g}\n{call}"


def test_winograd_refuses_what_it_cannot():
    with pytest.raises(ValueError, match=r"3 x 3 kernels at stride 1, not \(3, 2\) at 1"):
        ways.winograd(np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 2)))


def test_flops_of_mec_are_those_inside_the_picture():
    """As many as a convolution of ones, between rows of ones above and below, counts."""
    x, weight, padding = (2, 3, 5, 4), (4, 3, 3, 7), 3
    counted = WAYS["im2col"].conv(np.ones((2, 3, 5 + 2 * 6, 4)), np.ones(weight), padding=3)[:, :, 6:-6]
    assert ways.mec_flops(x, weight, padding) == 2 * counted.sum()


def test_flops_of_winograd():
    """16 products a tile where the definition has 36; 256 and 96 FLOPs of transforms."""
    x, weight = (2, 3, 4, 6), (5, 3, 3, 3)
    products = ways.winograd_flops(x, weight, 1) - 2 * 6 * (256 * 3 + 96 * 5)
    assert products * 36 == ways.flops(x, weight, 1) * 16


OPTIONS = {"rounds": 5, "seconds": 0.01, "threads": 1}


def test_a_learners_function_is_raced(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text("""
import numpy as np

def conv2d(input, weight, bias=None):
    windows = np.lib.stride_tricks.sliding_window_view(input, weight.shape[2:], (2, 3))
    return np.einsum("nchwij,fcij->nfhw", windows, weight), {}  # its gradients would be here
""")
    case = ((2, 3, 6, 5), (4, 3, 3, 3))
    [entry] = bench(argparse.Namespace(file=str(file), **OPTIONS), (case,), ("torch",), pause=0, patience=1)
    assert set(entry["algorithms"]) == set(entry["ulps"]) == {"torch", "mine.py"}
    assert set(entry["race"]["seconds"]) == {"torch", "mine.py", "torch again"}
    assert entry["flops"] == 2 * 2 * 6 * 5 * 4 * 27
    assert "mine.py" in capsys.readouterr().out


@pytest.mark.parametrize("text, words", [("def conv2d(:", "line 1"), ("a = 1", "no functions"), (None, "no file")])
def test_a_file_that_is_of_no_use_is_refused_with_the_reason(tmp_path, text, words):
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(RuntimeError, match=words):
        bench(argparse.Namespace(file=str(file), **OPTIONS))


def test_a_wrong_way_is_not_timed():
    """It is named, with how far off it is; a wrong shape too."""
    case = ((1, 2, 5, 4), (3, 2, 3, 3))
    y = WAYS["torch"].conv(*racing.inputs(*case), padding=1)
    assert racing.errors(*case, {"torch": {"y": y}})["torch"] < 8
    with pytest.raises(AssertionError, match=r"conv2d by mine: x \(1, 2, 5, 4\).* differs by \d"):
        racing.errors(*case, {"mine": {"y": y + 0.1}})
    with pytest.raises(AssertionError, match=r"conv2d by mine: y has shape \(1, 3, 4, 5\)"):
        racing.errors(*case, {"mine": {"y": y.swapaxes(2, 3)}})


def test_who_wins_is_told_from_the_rounds(monkeypatch, capsys):
    """With times that are given: loops of 0.2 s at the small case are not run at a large one; a tie is called one."""
    times = {"loops": [0.2] * 5, "mec": [0.01] * 5, "fft": [0.0095, 0.0105, 0.01, 0.0095, 0.0105], "torch": [0.02] * 5}

    def race(runners, check, **_):
        check({way: {"y": work.build().step()} for way, work in runners.items()})
        spread = {"median": 1, "low": 1, "high": 1}
        taken = {way: {"median": float(np.median(times[way])), "rounds": times[way]} for way in runners}
        return {"seconds": taken, "ratios": dict.fromkeys(runners, spread), "control": spread, "threads": 1,
                "memory_mib": dict.fromkeys(runners, 1)}  # fmt: skip

    monkeypatch.setattr(racing, "race", race)
    cases = ((1, 1, 4, 4), (1, 1, 3, 3)), ((2, 3, 8, 8), (3, 3, 3, 3))
    entries = list(bench(argparse.Namespace(file=None, **OPTIONS), cases, tuple(times)))
    assert [list(entry["algorithms"]) for entry in entries] == [list(times), ["mec", "fft", "torch"]]
    lines = {line.split()[0]: line for line in racing.verdicts(entries)}
    assert "never among the fastest (of 1)" in lines["loops"]
    assert "among the fastest of all in 2: 1->1 with 3x3; 3->3 with 3x3" in lines["mec"]
    assert "among the fastest of all in 2" in lines["fft"] and "never" in lines["torch"]
    times["mec"] = [0.005] * 5
    lines = {
        line.split()[0]: line
        for line in racing.verdicts(list(bench(argparse.Namespace(file=None, **OPTIONS), cases, tuple(times))))
    }
    assert "fastest of all, alone, in 2" in lines["mec"] and "at its best 0.50 times fft's time" in lines["mec"]
    assert "loops" in capsys.readouterr().out


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_experiments_compute_the_same(padding):
    """More pictures than a block of any of them, and a picture that is not square."""
    random = np.random.default_rng(0)
    x, weight = random.standard_normal((35, 6, 5, 2)), random.standard_normal((3, 3, 2, 4))
    g = random.standard_normal((35, 4 + 2 * padding, 3 + 2 * padding, 4))
    plain = (1, 1), ((padding, padding),) * 2, (1, 1), 1
    y, dx, dw = correlate(x, weight, *plain), spread(g, weight, (6, 5), *plain), correlate_weight(x, g, (3, 3), *plain)
    for name, got, expected in (
        ("forward_im2col", experiments.forward_im2col(x, weight, padding, block=4000), y),
        ("forward_mec", experiments.forward_mec(x, weight, padding), y),
        ("input_mec", experiments.input_mec(g, weight, padding), dx),
        ("weight_mec", experiments.weight_mec(x, g, 3, padding), dw),
        ("weight_pixels", experiments.weight_pixels(x, g, 3, padding), dw),
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10, err_msg=name)
