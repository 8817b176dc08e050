"""CIFAR-10: 60,000 colour pictures of 32 x 32 pixels in ten classes.

The folder `cifar-10-batches-py` holds pickled dictionaries. Entry "data" of a batch is uint8 (N, 3072): of each picture
the red plane, then green, then blue, row by row; "labels" is a list of N numbers below 10.

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009),
        https://www.cs.toronto.edu/~kriz/cifar.html
Twin:   torchvision.datasets.CIFAR10
"""

import os
import pickle

import numpy as np

from .dataset import VisionDataset

__all__ = ["CIFAR10"]


class CIFAR10(VisionDataset):
    """The pictures in root/cifar-10-batches-py: data (N, 32, 32, 3) uint8, targets, classes, class_to_idx.

    train: the 50,000 training pictures, or the 10,000 test pictures. Sample i is (PIL picture, class number), each
    through its transform. download: get the folder if it is not there yet (see `download`).

    RuntimeError: the folder is not there, or a file in it is not what it should be. Checksums guard the download; a
    folder that is already there may hold other pictures in the same layout, or fewer.

    >>> datasets.CIFAR10("nowhere")
    Traceback (most recent call last):
        ...
    RuntimeError: Dataset not found or corrupted. You can use download=True...to download it...
    """

    base_folder = "cifar-10-batches-py"
    filename = "cifar-10-python.tar.gz"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    mirrors = ("https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",)
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5")
    test_list = ("test_batch",)
    meta = "batches.meta"

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        else:
            self._load()

    @property
    def folder(self):
        return os.path.join(self.root, self.base_folder)

    def _load(self):
        """Read the pictures and the names of the classes; RuntimeError that says which file is missing or wrong."""
        data, self.targets = [], []
        self.classes = self._read(self.meta, "label_names")[0]
        for name in self.train_list if self.train else self.test_list:
            planes, labels = self._read(name, "data", "labels")
            good = isinstance(planes, np.ndarray) and planes.dtype == np.uint8 and planes.shape == (len(labels), 3072)
            if not good or not all(isinstance(label, int) and 0 <= label < len(self.classes) for label in labels):
                raise self._not_found(f"{name} does not hold N pictures of 3072 bytes and N labels")
            data.append(planes)
            self.targets += labels
        planes = np.concatenate(data).reshape(-1, 3, 32, 32)  # (N, C, H, W)
        self.data = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))  # (N, H, W, C)

    def _read(self, name, *keys):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                batch = _ArraysOnly(file, encoding="latin1").load()
            return [batch[key] for key in keys]
        except FileNotFoundError:
            raise self._not_found(f"there is no {name}") from None
        except OSError as error:
            raise self._not_found(f"{name} cannot be read: {error}") from error
        except Exception as error:  # whatever a damaged pickle leads to
            raise self._not_found(f"{name} is damaged: {type(error).__name__}: {error}") from error

    def _not_found(self, reason):
        return RuntimeError(
            "Dataset not found or corrupted. You can use download=True (or train --data cifar10) to download it.\n"
            f"Looked in {os.path.abspath(self.folder)}: {reason}."
        )

    def download(self):
        """Get the official archive and unpack it, unless the pictures are there already; then read them.

        The archive stays in root. It is checked by its MD5 sum, a partial one is completed, and the folder appears only
        when it is whole. RuntimeError that says what to do by hand if no host can be reached.
        """
        try:
            return self._load()
        except RuntimeError:
            pass
        from .download import download, unpack

        archive = os.path.join(self.root, self.filename)
        download((self.url, *self.mirrors), archive, self.tgz_md5)
        unpack(archive, self.folder, (*self.train_list, *self.test_list, self.meta))
        self._load()

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}"


class _ArraysOnly(pickle.Unpickler):
    """Reads plain Python data and NumPy arrays. A pickle that asks for any other function is refused, not run."""

    _allowed = {
        "_reconstruct": np.empty(0).__reduce__()[0],
        "_frombuffer": np.empty(1).__reduce_ex__(5)[0],
        "ndarray": np.ndarray,
        "dtype": np.dtype,
    }

    def find_class(self, module, name):
        if module.partition(".")[0] == "numpy" and name in self._allowed:
            return self._allowed[name]
        if (module, name) == ("_codecs", "encode"):  # bytes as Python 3 writes them for Python 2
            return lambda text, encoding: text.encode("latin1")
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which has no place in a set of pictures")
