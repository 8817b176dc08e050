"""CIFAR10 from folders, archives and (loopback) hosts; Shapes10."""

import hashlib
import http.server
import io
import os
import pickle
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

from minitorch_edu.utils.data import DataLoader
from minitorch_edu.vision import datasets, transforms
from minitorch_edu.vision.datasets import CIFAR10, Shapes10

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FILES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def content(per_batch=4, protocol=2):
    """{file name: bytes} of a small set in CIFAR-10's layout, and the pictures (6, N, 3, 32, 32) in it."""
    pictures = np.random.RandomState(0).randint(0, 256, (6, per_batch, 3, 32, 32)).astype(np.uint8)
    files = {
        name: pickle.dumps({"data": p.reshape(per_batch, 3072), "labels": [i % 10 for i in range(per_batch)]}, protocol)
        for name, p in zip(FILES, pictures)
    }
    files["batches.meta"] = pickle.dumps({"label_names": NAMES}, protocol)
    return files, pictures


def write(root, files):
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def archive(files, prefix="cifar-10-batches-py/"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(prefix + name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


# ------------------------------------------------------------------------------------------------ from a folder


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_folder(tmp_path, protocol):
    files, pictures = content(protocol=protocol)
    write(tmp_path, files)
    train, test = CIFAR10(tmp_path), CIFAR10(str(tmp_path), train=False)
    assert (train.data.shape, train.data.dtype, train.data.flags.c_contiguous) == ((20, 32, 32, 3), np.uint8, True)
    assert np.array_equal(train.data, pictures[:5].reshape(20, 3, 32, 32).transpose(0, 2, 3, 1))
    assert np.array_equal(test.data, pictures[5].transpose(0, 2, 3, 1))
    assert (train.targets, len(train), len(test)) == ([0, 1, 2, 3] * 5, 20, 4)
    assert (train.classes, train.class_to_idx["cat"]) == (NAMES, 3)
    picture, target = train[6]
    assert (picture.mode, picture.size, target, type(target)) == ("RGB", (32, 32), 2, int)
    assert np.array_equal(np.asarray(picture), train.data[6])
    assert CIFAR10(tmp_path, download=True).targets == train.targets  # it is there: nothing is downloaded


def test_transforms_are_applied(tmp_path):
    write(tmp_path, content()[0])
    dataset = CIFAR10(tmp_path, True, lambda picture: picture.getpixel((0, 1)), lambda target: -target)
    assert dataset[2] == (tuple(dataset.data[2, 1, 0].tolist()), -2)


class Half:
    def __repr__(self):
        return "Half(\n  of it\n)"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"train": False},
        {"transform": Half()},
        {"target_transform": Half()},
        {"transform": 1, "target_transform": 2},
    ],
    ids=str,
)
def test_it_is_torchvisions(tmp_path, monkeypatch, options):
    write(tmp_path, content()[0])
    twin = pytest.importorskip("reference.torchvision").torchvision.datasets.CIFAR10
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda path, md5: True)
    ours, theirs = CIFAR10(tmp_path, **options), twin(tmp_path, **options)
    assert repr(ours) == repr(theirs)
    assert np.array_equal(ours.data, theirs.data) and ours.targets == theirs.targets
    assert (ours.classes, ours.class_to_idx) == (theirs.classes, theirs.class_to_idx)
    if "transform" not in options and "target_transform" not in options:
        (picture, target), (twins_picture, twins_target) = ours[1], theirs[1]
        assert (picture.tobytes(), target) == (twins_picture.tobytes(), twins_target)


def test_repr_as_text(tmp_path):
    write(tmp_path, content()[0])
    assert repr(CIFAR10(tmp_path, transform=Half())) == (
        f"Dataset CIFAR10\n    Number of datapoints: 20\n    Root location: {tmp_path}\n    Split: Train\n"
        "    StandardTransform\nTransform: Half(\n             of it\n           )"
    )


def test_no_folder(tmp_path):
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted. You can use download=True") as caught:
        CIFAR10(tmp_path)
    assert str(tmp_path / "cifar-10-batches-py") in str(caught.value)


class Bomb:
    """What an evil pickle does: call a function when it is read."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def wrong(**entries):
    batch = {"data": np.zeros((4, 3072), np.uint8), "labels": [0] * 4} | entries
    return pickle.dumps(batch, 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "there is no data_batch_3"),
        (b"", "data_batch_3 is damaged"),
        (content()[0]["data_batch_3"][:-9], "data_batch_3 is damaged"),
        (pickle.dumps([1, 2]), "data_batch_3 is damaged"),
        (pickle.dumps({"data": 1}), "'labels'"),
        (wrong(labels=[0] * 3), "does not hold"),
        (wrong(labels=[10] * 4), "does not hold"),
        (wrong(data=np.zeros((4, 3072))), "does not hold"),
        (wrong(data=[0]), "does not hold"),
        (wrong(more=Bomb()), "has no place in a set of pictures"),
    ],
    ids=range(10),
)
def test_a_wrong_file(tmp_path, monkeypatch, data, words):
    monkeypatch.chdir(tmp_path)
    files, _ = content()
    del files["data_batch_3"]
    folder = write(tmp_path, files | ({} if data is None else {"data_batch_3": data}))
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted") as caught:
        CIFAR10(tmp_path)
    assert words in str(caught.value) and str(folder) in str(caught.value)
    assert not os.path.exists("exploded")
    assert len(CIFAR10(tmp_path, train=False)) == 4


# ------------------------------------------------------------------------------------------------ from the network


class Host(http.server.ThreadingHTTPServer):
    """A host on the loopback interface that sends one file, and may behave badly."""

    def __init__(self, data, code=200, ranges=True, cut=None):
        self.data, self.code, self.ranges, self.cut = data, code, ranges, cut
        self.asked = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/cifar-10-python.tar.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host, start = self.server, 0
        host.asked.append(self.headers.get("Range"))
        if host.code != 200:
            return self.send_error(host.code)
        if host.ranges and self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(host.data):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(host.data) - start))
        self.end_headers()
        body = host.data[start:]
        self.wfile.write(body if host.cut is None else body[: host.cut])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hosts(monkeypatch):
    """A function that starts a Host and gives CIFAR10 the hosts' addresses, in the order of their starts."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    files, _ = content()
    data = archive(files | {"../evil": b"evil", "readme.html": b"not wanted"})
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(data).hexdigest())
    started = []

    def start(data=data, **behaviour):
        host = Host(data, **behaviour)
        threading.Thread(target=host.serve_forever, args=(0.01,), daemon=True).start()
        started.append(host)
        monkeypatch.setattr(CIFAR10, "url", started[0].url)
        monkeypatch.setattr(CIFAR10, "mirrors", tuple(host.url for host in started[1:]))
        return host

    start.data = data
    yield start
    for host in started:
        host.shutdown()
        host.server_close()


def listing(root):
    return sorted(str(path.relative_to(root)) for path in Path(root).rglob("*"))


WHOLE = sorted(["cifar-10-batches-py", "cifar-10-python.tar.gz", "cifar-10-batches-py/batches.meta"]
               + [f"cifar-10-batches-py/{name}" for name in FILES])  # fmt: skip


def test_download(tmp_path, hosts, capsys):
    host = hosts()
    root = tmp_path / "new" / "folder"
    assert len(CIFAR10(root, download=True)) == 20
    assert listing(root) == WHOLE  # nothing else, and nothing outside
    assert listing(tmp_path) == sorted(["new", "new/folder", *(f"new/folder/{name}" for name in WHOLE)])
    assert "cifar-10-python.tar.gz" in capsys.readouterr().err  # the progress bar
    assert len(CIFAR10(root, train=False, download=True)) == 4
    assert host.asked == [None]


def test_the_mirror_helps(tmp_path, hosts):
    broken, empty, mirror = hosts(code=503), hosts(data=b"Sorry, moved."), hosts()
    assert len(CIFAR10(tmp_path, download=True)) == 20
    assert [len(host.asked) for host in (broken, empty, mirror)] == [1, 1, 1]
    assert mirror.asked == [None]  # what the second one sent is not continued


def test_a_broken_connection_is_resumed(tmp_path, hosts):
    size = len(hosts.data)
    host = hosts(cut=size // 3)
    assert len(CIFAR10(tmp_path, download=True)) == 20
    assert host.asked == [None, *(f"bytes={k * (size // 3)}-" for k in range(1, size // (size // 3) + (size % 3 > 0)))]
    assert listing(tmp_path) == WHOLE


def test_the_next_call_resumes(tmp_path, hosts):
    (tmp_path / "cifar-10-python.tar.gz.part").write_bytes(hosts.data[:1000])
    host = hosts()
    assert len(CIFAR10(tmp_path, download=True)) == 20
    assert host.asked == ["bytes=1000-"]


def test_a_host_without_ranges(tmp_path, hosts):
    (tmp_path / "cifar-10-python.tar.gz.part").write_bytes(hosts.data[:1000])
    hosts(ranges=False)
    assert len(CIFAR10(tmp_path, download=True)) == 20


@pytest.mark.parametrize("old", [b"wrong from the start", "whole"])
def test_an_old_part(tmp_path, hosts, old):
    (tmp_path / "cifar-10-python.tar.gz.part").write_bytes(hosts.data if old == "whole" else old)
    hosts(), hosts()
    assert len(CIFAR10(tmp_path, download=True)) == 20
    assert listing(tmp_path) == WHOLE


def test_a_wrong_checksum(tmp_path, hosts):
    hosts(data=hosts.data[:-1] + b"?")
    with pytest.raises(RuntimeError, match="the file has MD5 .* expected"):
        CIFAR10(tmp_path, download=True)
    assert listing(tmp_path) == []


def test_no_network_says_what_to_do(tmp_path, hosts):
    host = hosts()
    host.shutdown(), host.server_close()
    with pytest.raises(RuntimeError) as caught:
        CIFAR10(tmp_path, download=True)
    text = str(caught.value)
    assert f"put it at {tmp_path / 'cifar-10-python.tar.gz'}" in text and host.url in text and "refused" in text.lower()


def test_an_archive_put_there_by_hand(tmp_path, hosts):
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(hosts.data)
    folder = write(tmp_path, {"data_batch_1": b"damaged", "notes.txt": b"mine"})
    host = hosts()
    assert len(CIFAR10(tmp_path, download=True)) == 20
    assert host.asked == []
    assert (folder / "notes.txt").read_bytes() == b"mine"


def test_an_archive_without_the_files(tmp_path, hosts, monkeypatch):
    data = archive({"data_batch_1": b""})
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(data).hexdigest())
    hosts(data=data)
    with pytest.raises(RuntimeError, match="is not the expected archive"):
        CIFAR10(tmp_path, download=True)
    assert listing(tmp_path) == ["cifar-10-python.tar.gz"]


def test_a_link_in_the_archive_is_not_followed(tmp_path, hosts, monkeypatch):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(entry)
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(buffer.getvalue()).hexdigest())
    hosts(data=buffer.getvalue())
    with pytest.raises(RuntimeError, match="is not"):
        CIFAR10(tmp_path, download=True)
    assert listing(tmp_path) == ["cifar-10-python.tar.gz"]


# ------------------------------------------------------------------------------------------------ the real pictures


def test_the_real_pictures(cifar10_root):
    root = cifar10_root
    for train in (True, False):
        dataset = CIFAR10(root, train, transforms.ToTensor())
        assert dataset.classes == NAMES
        counts = np.bincount(dataset.targets, minlength=10)
        assert counts.sum() == len(dataset) == len(dataset.data) and counts.max() - counts.min() <= 1
        pictures, targets = next(iter(DataLoader(dataset, 50)))
        assert (tuple(pictures.shape), pictures.dtype.name) == ((50, 3, 32, 32), "float32")
        assert 0 <= pictures.array.min() and pictures.array.max() <= 1
        # Pictures, not noise: neighbours are alike.
        array = pictures.array
        assert np.abs(np.diff(array)).mean() < 0.5 * np.abs(array - np.roll(array, 11, axis=-1)).mean()


# ------------------------------------------------------------------------------------------------ shapes


def test_shapes_depend_on_seed_split_and_nothing_else():
    one = Shapes10(size=700)
    assert (one.data.shape, one.data.dtype, len(one)) == ((700, 32, 32, 3), np.uint8, 700)
    assert np.array_equal(one.data, Shapes10("anywhere", size=700).data)
    few = Shapes10(size=30)
    assert np.array_equal(few.data, one.data[:30]) and few.targets == one.targets[:30]
    for other in (Shapes10(size=30, seed=1), Shapes10(train=False, size=30)):
        assert not np.array_equal(other.data, few.data)
    assert np.bincount(one.targets[:500]).tolist() == [50] * 10
    assert one.targets[:10] == [3, 8, 5, 0, 2, 4, 4, 9, 8, 7]
    assert abs(one.data[:500].sum() / 88478939 - 1) < 1e-4  # on another machine some values may round the other way


def test_shapes_have_the_interface_of_cifar10():
    shapes = Shapes10(transform=transforms.ToTensor(), target_transform=str, size=5)
    picture, target = shapes[4]
    assert (tuple(picture.shape), target) == ((3, 32, 32), str(shapes.targets[4]))
    assert shapes.class_to_idx == {name: i for i, name in enumerate(shapes.classes)} and len(shapes.classes) == 10
    assert repr(Shapes10(size=5)) == ("Dataset Shapes10\n    Number of datapoints: 5\n    Split: Train\n    Seed: 0")
    assert len(Shapes10(size=0)) == 0
    with pytest.raises(ValueError, match="Shapes10: size and seed must not be negative, got size=-1, seed=0"):
        Shapes10(size=-1)


def test_every_shape_is_inside_its_picture_and_has_its_own_form():
    for name, distance in datasets.shapes.SHAPES.items():
        grid = np.linspace(-1.5, 1.5, 301, dtype=np.float32)
        inside = distance(grid[None, :], grid[:, None]) < 0  # (y, x)
        y, x = np.nonzero(inside)
        assert np.hypot(grid[x], grid[y]).max() <= 1.15, name  # the corners of some stand out a little
        assert 0.1 < inside.mean() * 9 / np.pi < 0.95, name
        # The formula is a distance: it changes by one pixel's worth per pixel near the edge.
        slope_y, slope_x = np.gradient(distance(grid[None, :], grid[:, None]), grid[1] - grid[0])
        edge = np.abs(distance(grid[None, :], grid[:, None])) < 0.02
        assert 0.7 < np.median(np.hypot(slope_x, slope_y)[edge]) < 1.3, name


def test_a_linear_model_does_not_learn_the_shapes():
    train, test = Shapes10(size=2500), Shapes10(train=False, size=1000)
    x, x_test = (s.data.reshape(len(s), -1).astype(np.float32) / 255 for s in (train, test))  # (N, 3072)
    mean, wanted = x.mean(0), np.eye(10, dtype=np.float32)[train.targets]
    # Ridge regression on the class, with a penalty that suits the test.
    kernel = (x - mean) @ (x - mean).T  # (N, N)
    weight = np.linalg.solve(kernel + 300 * np.eye(len(x), dtype=np.float32), wanted)
    scores = (x_test - mean) @ ((x - mean).T @ weight)
    assert 0.15 < np.mean(scores.argmax(1) == test.targets) < 0.45


@pytest.mark.parametrize("given", [{}, {"transforms": max}, {"transform": abs}, {"target_transform": abs},
                                   {"transforms": max, "transform": abs}])  # fmt: skip
def test_one_function_of_picture_and_label(given):
    """A user's own data set, which applies self.transforms, or has none."""
    twins, found = pytest.importorskip("reference.torchvision").torchvision.datasets, []
    for module in (datasets, twins):

        class Own(module.VisionDataset):
            def __getitem__(self, index):
                return self.transforms and self.transforms(-index, index + 1)

            def __len__(self):
                return 3

        try:
            own = Own("somewhere", **given)
        except ValueError as error:
            found.append(str(error))
        else:
            found.append((own[2], own.transform, own.target_transform, repr(own)))
    assert found[0] == found[1]
