"""The main job: both backends take the same steps, and a run leaves behind what it should."""

import csv
import itertools
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
import tqdm

import minitorch_edu as mt
from minitorch_edu.cli import main
from minitorch_edu.models import cifar_quick
from minitorch_edu.training import loop
from minitorch_edu.training.data import Pictures
from minitorch_edu.training.loop import evaluate, steps
from minitorch_edu.training.report import COLUMNS
from minitorch_edu.vision.datasets import CIFAR10, Shapes10
from reference.data import write_pictures


def losses(library, data, count, **options):
    """The losses of the first steps from seed 0, and the network after them."""
    library.manual_seed(0)
    net = cifar_quick(library.nn)
    optimizer = library.optim.SGD(net.parameters(), **options)
    loader = Pictures(library, data.data, data.targets).loader(64, shuffle=True)
    epochs = (result for _ in itertools.count() for result in steps(library, net, loader, optimizer))
    taken = [loss for loss, _, _ in itertools.islice(epochs, count)]
    return np.array(taken), net


def compare(data, **options):
    ours, our_net = losses(mt, data, 100, **options)
    theirs, their_net = losses(torch, data, 100, **options)
    assert len(ours) == len(theirs) == 100
    worst = np.abs(ours / theirs - 1)
    step = worst.argmax()
    assert worst[step] <= 1e-4, f"step {step + 1}: loss {ours[step]}, torch's {theirs[step]}"
    for (name, p), (_, q) in zip(our_net.named_parameters(), their_net.named_parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-2, atol=2e-4, err_msg=name)


def test_hundred_steps_have_torchs_losses():
    compare(Shapes10(train=True, size=6400), lr=0.01, momentum=0.9)


def test_hundred_steps_on_real_pictures_have_torchs_losses(cifar10_root):
    compare(CIFAR10(cifar10_root, train=True), lr=0.01)


def test_networks_start_bit_for_bit_alike():
    mt.manual_seed(3)
    torch.manual_seed(3)
    for p, q in zip(cifar_quick(mt.nn).parameters(), cifar_quick(torch.nn).parameters()):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())


def test_evaluation_counts_every_picture_once():
    data = Shapes10(train=False, size=100)
    mt.manual_seed(0)
    net = cifar_quick(mt.nn)
    results = list(evaluate(mt, net, Pictures(mt, data.data, data.targets).loader(64)))
    assert [n for _, _, n in results] == [64, 36]
    scores = net(Pictures(mt, data.data, data.targets).__getitems__(range(100))[0])
    expected = mt.nn.functional.cross_entropy(scores, mt.tensor(data.targets)).item()
    assert sum(loss * n for loss, _, n in results) / 100 == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_train_then_predict(backend, tmp_path, capsys):
    out = tmp_path / "run"
    command = [
        "train",
        "--backend",
        backend,
        "--data",
        "shapes10",
        "--epochs",
        "2",
        "--pictures",
        "640",
        "--out",
        str(out),
    ]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "epoch 2: test loss" in said
    with open(out / "history.csv") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and [row["epoch"] for row in rows] == ["1", "2"]
    assert all(0 <= float(row["test_accuracy"]) <= 1 for row in rows)
    assert repr(float(rows[0]["train_loss"])) == rows[0]["train_loss"]  # in full precision
    assert sorted(os.listdir(out)) == [
        "confusion.png",
        "curves.png",
        "epoch-01.pt",
        "epoch-02.pt",
        "filters.png",
        "history.csv",
        "mistakes.png",
    ]
    saved = torch.load(out / "epoch-02.pt", weights_only=True)
    cifar_quick(torch.nn).load_state_dict(saved["net"])

    from PIL import Image

    picture = tmp_path / "picture.png"
    Image.fromarray(Shapes10(train=False, size=10).data[0]).resize((57, 41)).save(picture)
    assert main(["predict", str(out / "epoch-02.pt"), str(picture)]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    name, probability = line.removeprefix(f"{picture}: ").split(" (")
    assert name in Shapes10.classes and 10 <= float(probability.removesuffix("%)")) <= 100


@pytest.fixture
def bars(monkeypatch):
    """tqdm, which keeps in `made` its bars, and where each stood; at `interrupt_at` comes Ctrl-C."""

    class Bar(tqdm.tqdm):
        made, interrupt_at = [], None

        def __init__(self, *arguments, **options):
            self.stood = []
            self.made.append(self)
            super().__init__(*arguments, **options)

        def update(self, n=1):
            super().update(n)
            self.stood.append(self.n)
            if self.n == self.interrupt_at:
                signal.raise_signal(signal.SIGINT)

        def close(self):
            self.closed_at = self.n
            super().close()

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(loop, "leave_pictures", lambda *arguments: None)  # which takes longer than the bars
    return Bar


def train_on_few_pictures(folder, *options):
    """`train` for two epochs on a CIFAR-10 of 20 pictures, in batches of 8."""
    write_pictures(folder)
    return main(["train", "--data", "cifar10", "--data-root", str(folder), "--out", str(folder / "run"),
                 "--epochs", "2", "--batch-size", "8", *options])  # fmt: skip


def test_cifar10_is_trained_by_the_tutorials_recipe(tmp_path, capsys):
    assert train_on_few_pictures(tmp_path) == 0
    assert "recipe tutorial: epochs 2, batch_size 8, lr 0.01, momentum 0.0, weight_decay 0.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "stood"),
    [
        ([], [8, 16, 20]),
        (["--backend", "torch"], [8, 16, 20]),
        (["--pictures", "16"], [8, 16]),
        (["--pictures", "17"], [8, 16, 17]),
        (["--pictures", "3"], [3]),
        (["--pictures", "1000"], [8, 16, 20]),  # more than there are
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_bars_count_pictures_and_end_full(options, stood, bars, tmp_path):
    assert train_on_few_pictures(tmp_path, *options) == 0
    found = [(bar.stood, bar.closed_at, bar.total) for bar in bars.made]
    assert found == [(stood, stood[-1], stood[-1])] * 2


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_bars_show_loss_accuracy_and_speed(backend, bars, tmp_path, capsys):
    assert train_on_few_pictures(tmp_path, "--backend", backend) == 0
    with open(tmp_path / "run" / "history.csv") as file:
        rows = list(csv.DictReader(file))
    said = capsys.readouterr().err.replace("\r", "\n")
    for epoch, row in enumerate(rows, 1):
        last = re.findall(rf"epoch {epoch}/2: 100%.*20/20.*", said)[-1]
        shown = re.search(r"[\d.]+ pictures/s, accuracy=([\d.]+%), loss=([\d.]+)", last)
        assert shown, last
        loss, accuracy = float(row["train_loss"]), float(row["train_accuracy"])
        assert shown.groups() == (f"{accuracy:.2%}", f"{loss:.4f}")


def test_an_interrupted_bar_stays_where_it_was(bars, tmp_path):
    bars.interrupt_at = 16
    assert train_on_few_pictures(tmp_path) == 130
    assert [(bar.stood, bar.closed_at, bar.total) for bar in bars.made] == [([8, 16], 16, 20)]


def test_an_earlier_run_is_not_overwritten(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path)
    options = ["train", "--data", "cifar10", "--data-root", ".", "--epochs", "1"]
    for _ in range(2):
        assert main(options) == 0
    assert sorted(os.listdir("runs")) == ["cifar10-numpy-seed0", "cifar10-numpy-seed0-2"]
    with pytest.raises(SystemExit) as stopped:
        main([*options, "--out", "runs/cifar10-numpy-seed0"])
    assert "earlier run" in stopped.value.code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--lr", "-1"], ["--lr", "greater than 0", "-1"]),
        (["train", "--lr", "inf"], ["--lr", "finite", "inf"]),
        (["train", "--momentum", "nan"], ["--momentum", "finite", "nan"]),
        (["train", "--out", ""], ["--out", "not be empty"]),
        (["train", "--epochs", "two"], ["--epochs", "two"]),
        (["train", "--backend", "jax"], ["--backend", "jax", "numpy", "torch"]),
        (["train", "--momentun", "0.9"], ["--momentun"]),
        (["predict", "no-such-file.pt", "x.png"], ["no-such-file.pt"]),
    ],
)
def test_wrong_input_is_explained(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr().err + str(stopped.value.code)
    assert stopped.value.code and all(word in said for word in words), said


def test_numpy_training_imports_no_torch():
    code = (
        "import sys\n"
        "import minitorch_edu as mt\n"
        "from minitorch_edu.models import cifar_quick\n"
        "net = cifar_quick(mt.nn)\n"
        "optimizer = mt.optim.SGD(net.parameters(), lr=0.01)\n"
        "loss = mt.nn.functional.cross_entropy(net(mt.rand(4, 3, 32, 32)), mt.tensor([0, 1, 2, 3]))\n"
        "loss.backward()\n"
        "optimizer.step()\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('torch', 'torchvision')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
