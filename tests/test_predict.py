"""`predict`: the best five classes in order, as text that any terminal can show, and as a picture."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

import minitorch_edu as mt
from minitorch_edu.cli import main
from minitorch_edu.models import cifar_quick
from minitorch_edu.training.predict import _open, bars, classify, draw_chart
from minitorch_edu.vision.datasets import Shapes10

PROBABILITIES = np.array([0.02, 0.4, 0.03, 0.2, 0.05, 0.01, 0.15, 0.04, 0.0, 0.1])
BEST = [("ring", 0.4), ("heart", 0.2), ("bar", 0.15), ("arrow", 0.1), ("triangle", 0.05)]


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A network that gives every picture PROBABILITIES; and two pictures, in the working folder."""
    monkeypatch.chdir(tmp_path)
    net = cifar_quick(mt.nn)
    with mt.no_grad():
        net[-1].weight.zero_()
        net[-1].bias.copy_(mt.tensor(np.log(PROBABILITIES + 1e-30)))
    mt.save({"net": net.state_dict(), "classes": Shapes10.classes}, "net.pt")
    Image.new("RGB", (40, 30), "red").save("red.png")
    Image.new("L", (10, 70)).save("black.jpg")
    return "net.pt"


def test_the_best_five_in_order(checkpoint):
    for path, best in classify(checkpoint, ["red.png", "black.jpg"]):
        assert [name for name, _ in best] == [name for name, _ in BEST], path
        np.testing.assert_allclose([p for _, p in best], [p for _, p in BEST], rtol=1e-5, err_msg=path)


def test_what_is_printed(checkpoint, capsys):
    assert main(["predict", checkpoint, "red.png", "black.jpg"]) == 0
    chart = ["  ring      40.0% ################", "  heart     20.0% ########", "  bar       15.0% ######",
             "  arrow     10.0% ####", "  triangle   5.0% ##"]  # fmt: skip
    said = capsys.readouterr().out.replace("█", "#").splitlines()
    assert said == ["red.png: ring (40.0%)", *chart, "black.jpg: ring (40.0%)", *chart]


def test_a_terminal_without_blocks_gets_other_bars(checkpoint, monkeypatch):
    for encoding, block in (("utf-8", "█"), ("ascii", "#"), ("latin-1", "#")):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["predict", checkpoint, "red.png"]) == 0
        out.flush()
        assert block * 16 in out.buffer.getvalue().decode(encoding), encoding


def test_bars_of_a_network_that_diverged():
    assert list(bars([("a", float("nan"))])) == ["  a   nan%"]


def test_the_chart_shows_each_picture_with_its_bars(checkpoint):
    results = [("red.png", BEST), ("black.jpg", BEST[::-1]), *[("red.png", BEST)] * 5]
    axes = [axes for axes in draw_chart(results).axes if axes.has_data()]
    assert len(axes) == 14
    for picture, chart, (path, best) in zip(axes[::2], axes[1::2], results):
        np.testing.assert_array_equal(
            picture.images[0].get_array()[0, 0], Image.open(path).convert("RGB").getpixel((0, 0))
        )
        assert [bar.get_width() for bar in chart.patches] == [p for _, p in best]
        assert [label.get_text() for label in chart.get_yticklabels()] == [name for name, _ in best]
        assert [text.get_text() for text in chart.texts] == [f"{p:.1%}" for _, p in best]
        assert chart.get_xlim() == (0, 1) and chart.yaxis_inverted()


def test_the_chart_is_a_file(checkpoint):
    assert main(["predict", checkpoint, "red.png", "--chart", "chart.png"]) == 0
    with Image.open("chart.png") as chart:
        assert chart.format == "PNG" and min(chart.size) > 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["net.pt", "red.png", "--chart", "chart.pdf"], ["--chart", "must end in .png", "chart.pdf"]),
        (["net.pt", "red.png", "--chart", "no/folder/chart.png"], ["No such file", "no/folder"]),
        (["net.pt", "net.pt"], ["net.pt is not a picture"]),
        (["red.png", "red.png"], ["red.png"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_wrong_input_is_explained(arguments, words, checkpoint, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["predict", *arguments])
    said = capsys.readouterr().err + str(stopped.value.code)
    assert all(word in said for word in words), said


def test_grey_pictures_of_16_bits(tmp_path):
    Image.fromarray(np.full((40, 30), 40000, np.uint16)).save(tmp_path / "grey.png")
    assert Image.open(tmp_path / "grey.png").mode == "I;16"
    assert np.unique(_open(tmp_path / "grey.png")) == 40000 // 256


def test_a_picture_that_ends_too_early_is_named(tmp_path):
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / "whole.png")
    (tmp_path / "part.png").write_bytes((tmp_path / "whole.png").read_bytes()[:5000])
    with pytest.raises(RuntimeError, match="part.png: "):
        _open(tmp_path / "part.png")
