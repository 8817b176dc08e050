"""What a run leaves to look at: the numbers first, then that the figures hold them, then the files."""

import os
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

import minitorch_edu as mt
from minitorch_edu.models import cifar_quick
from minitorch_edu.training.data import Pictures
from minitorch_edu.training.pictures import (
    confusion_matrix,
    draw_confusion,
    draw_filters,
    draw_mistakes,
    filter_images,
    leave_pictures,
    predictions,
    worst_mistakes,
)
from minitorch_edu.training.report import write_whole
from minitorch_edu.vision.datasets import Shapes10

BOTH = pytest.mark.parametrize("library", [mt, torch], ids=["numpy", "torch"])
DATA = Shapes10(train=False, size=20)


def untrained(library):
    """A network from seed 0, and the batches of DATA, the last one smaller."""
    library.manual_seed(0)
    return cifar_quick(library.nn), Pictures(library, DATA.data, DATA.targets).loader(8)


# ------------------------------------------------------------------------------------------------ numbers


@BOTH
def test_predictions_are_of_every_picture_in_order(library):
    net, loader = untrained(library)
    labels, scores = predictions(library, net, loader)
    assert not net.training
    assert labels.tolist() == list(DATA.targets)
    for i in range(len(DATA)):
        picture, _ = Pictures(library, DATA.data, DATA.targets).__getitems__([i])
        expected = np.exp(x := net(picture)[0].detach().numpy().astype(float)) / np.exp(x).sum()
        np.testing.assert_allclose(np.exp(scores[i]), expected, rtol=1e-5, err_msg=f"picture {i}")


def test_confusion_matrix_counts_each_picture_once():
    random = np.random.default_rng(0)
    labels, predicted = random.integers(0, 7, (2, 500))
    labels[labels == 3] = 2  # a class of which there is no picture
    expected = np.zeros((7, 7), int)
    for i, j in zip(labels, predicted):
        expected[i, j] += 1
    np.testing.assert_array_equal(confusion_matrix(labels, predicted, 7), expected)


def test_worst_mistakes_are_those_with_the_least_probable_truth():
    scores = np.array([[0, -300, -400], [0, -200, -300], [-0.1, -3, -4], [-0.1, -3, -4], [-1, -5, -0.5]], np.float32)
    labels = np.array([1, 1, 0, 1, 1])  # exp() of the first two truths is 0; the last is less sure than the fourth
    assert worst_mistakes(labels, scores, 10).tolist() == [0, 1, 4, 3]
    assert worst_mistakes(labels, scores, 2).tolist() == [0, 1]


def test_filters_are_stretched_each_for_itself_around_grey():
    weight = np.random.default_rng(0).normal(size=(4, 3, 5, 5))
    weight[1] *= 1000
    weight[2] = 0
    weight[3, 0, 0, 0] = np.nan
    colours = filter_images(weight)
    assert colours.shape == (4, 5, 5, 3)
    np.testing.assert_allclose(np.abs(colours - 0.5).max((1, 2, 3)), [0.5, 0.5, 0, 0.5])
    for i in (0, 1):
        np.testing.assert_allclose(colours[i, 2, 3, 1] - 0.5, weight[i, 1, 2, 3] / np.abs(weight[i]).max() / 2)
    assert (colours[2] == 0.5).all() and colours[3, 0, 0, 0] == 0.5


# ------------------------------------------------------------------------------------------------ figures


def test_confusion_is_drawn_with_its_numbers_in_their_places():
    counts = np.arange(9).reshape(3, 3)
    axes = draw_confusion(counts, ["cat", "dog", "elk"]).axes[0]
    shown = {(int(text.get_position()[1]), int(text.get_position()[0])): int(text.get_text()) for text in axes.texts}
    assert shown == dict(np.ndenumerate(counts))
    np.testing.assert_allclose(axes.images[0].get_array()[1], np.array([3, 4, 5]) / 12)
    for labels, what in ((axes.get_xticklabels(), axes.get_xlabel()), (axes.get_yticklabels(), axes.get_ylabel())):
        assert [label.get_text() for label in labels] == ["cat", "dog", "elk"], what
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("is", "taken for")
    assert axes.get_title() == "12 of 36 are right (33.33%)"


def test_mistakes_are_drawn_with_their_pictures():
    scores = np.log(np.array([[0.75, 0.25], [0.25, 0.75], [0.875, 0.125]]))
    labels, images = np.array([0, 0, 1]), DATA.data[:3]
    axes = draw_mistakes(images, labels, scores, ["cat", "dog"]).axes[0]
    assert [text.get_text() for text in axes.texts] == [
        "dog (12.5%)\nseen: cat (87.5%)",
        "cat (25.0%)\nseen: dog (75.0%)",
    ]
    for drawn, i in zip(axes.images, (2, 1), strict=True):
        np.testing.assert_allclose(drawn.get_array(), images[i] / 255, err_msg=f"picture {i}")


def test_no_mistakes_are_said_to_be_none():
    figure = draw_mistakes(DATA.data[:1], np.array([0]), np.log([[0.75, 0.25]]), ["cat", "dog"])
    assert figure.axes[0].get_title() == "there are no mistakes" and not figure.axes[0].images


def test_filters_are_drawn_in_their_order():
    colours = np.random.default_rng(0).random((11, 5, 5, 3))
    axes = draw_filters(colours).axes[0]
    assert len(axes.images) == 11
    places = [(image.get_extent()[3], image.get_extent()[0]) for image in axes.images]
    assert places == sorted(places)  # row by row
    for i, (drawn, colour) in enumerate(zip(axes.images, colours)):
        np.testing.assert_array_equal(drawn.get_array(), colour, err_msg=f"filter {i}")


# ------------------------------------------------------------------------------------------------ files


def test_both_backends_leave_the_same_pictures(tmp_path):
    for library in (mt, torch):
        out = tmp_path / library.__name__
        out.mkdir()
        leave_pictures(library, *untrained(library), DATA, out)
        assert sorted(os.listdir(out)) == ["confusion.png", "filters.png", "mistakes.png"]
    for name in os.listdir(out):
        ours, theirs = (np.asarray(Image.open(tmp_path / of / name)) for of in ("minitorch_edu", "torch"))
        assert ours.std() > 10, f"{name} is empty"
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


@BOTH
def test_a_network_that_diverged_is_drawn_too(library, tmp_path):
    net, loader = untrained(library)
    with library.no_grad():
        for parameter in net.parameters():
            parameter.fill_(float("nan"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leave_pictures(library, net, loader, DATA, tmp_path)
    assert len(os.listdir(tmp_path)) == 3


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    def half(path):
        with open(path, "w") as file:
            file.write("ne")
        raise RuntimeError("no space left")

    (tmp_path / "note.txt").write_text("old")
    with pytest.raises(RuntimeError, match="no space left"):
        write_whole(str(tmp_path / "note.txt"), half)
    assert os.listdir(tmp_path) == ["note.txt"] and (tmp_path / "note.txt").read_text() == "old"


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    """Not the one beside it, which is written first."""
    path = tmp_path / "nowhere" / "curves.png"
    with pytest.raises(FileNotFoundError, match=f"'{path}'$"):
        write_whole(path, lambda partial: open(partial, "w"))
    assert not os.listdir(tmp_path)
