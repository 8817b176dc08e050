"""The learner's desk: a folder with pictures and a small CIFAR-10, and nothing of the network or of a GPU."""

import pickle

import numpy as np
import pytest
from PIL import Image

from minitorch_edu.vision.datasets import Shapes10

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
PICTURES = {  # file: (mode, width, height)
    "bee.jpg": ("RGB", 61, 47),
    "test0.jpg": ("RGB", 32, 32),
    "test1.jpg": ("RGB", 200, 90),
    "test2.jpg": ("L", 45, 64),
    "test3.jpg": ("CMYK", 50, 40),
    "test4.png": ("RGBA", 70, 81),
    "test5.png": ("P", 33, 31),
    "test6.png": ("1", 20, 24),
    "test7.png": ("LA", 28, 28),
}


@pytest.fixture(scope="session")
def cifar_files():
    """{file name: bytes} in CIFAR-10's layout: 320 pictures to train on, 80 to test; the last batch of 64 has 16."""
    files = {"batches.meta": pickle.dumps({"label_names": NAMES}, 2)}
    train, test = (Shapes10(train=train, size=size) for train, size in ((True, 320), (False, 80)))
    parts = [(f"data_batch_{i + 1}", train, slice(64 * i, 64 * i + 64)) for i in range(5)]
    for name, split, part in [*parts, ("test_batch", test, slice(80))]:
        rows = split.data[part].transpose(0, 3, 1, 2).reshape(-1, 3072)
        files[name] = pickle.dumps({"data": rows, "labels": split.targets[part]}, 2)
    return files


@pytest.fixture
def desk(tmp_path, cifar_files):
    """A function that makes the folder of a library, with what a script of the course expects in it."""

    def make(library):
        folder = tmp_path / library
        for part in ("data/cifar-10-batches-py", "models", "img"):
            (folder / part).mkdir(parents=True)
        for name, data in cifar_files.items():
            (folder / "data/cifar-10-batches-py" / name).write_bytes(data)
        for name, picture in PICTURES.items():
            draw(*picture).save(folder / "img" / name)
        return folder

    return make


def draw(mode, width, height):
    """A picture in which every row, column and channel is another one."""
    y, x = np.mgrid[:height, :width]
    channels = [(7 * x + 3 * y) % 256, 255 * x // width, 255 * y // height]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8)).convert(mode)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No network, no window, no GPU, and for torchvision no MD5 sums of the real CIFAR-10."""

    def refuse(*args):
        raise AssertionError("a block of the course asked for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("PIL.ImageShow._viewers", [])
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda path, md5: True)
