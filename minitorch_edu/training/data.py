"""The pictures of a run, as batches of tensors of either library."""

import os

import numpy as np

__all__ = ["PIXELS", "Pictures", "find_data"]


def _standard(images):
    mean = images.mean((0, 1, 2))  # (3,), a number for each colour
    return mean, np.sqrt(np.square(images, dtype=np.uint16).mean((0, 1, 2)) - mean**2)


# How the bytes of a picture become numbers: images (N, H, W, 3) -> (mean, std) in  (bytes - mean) / std.
PIXELS = {
    "unit": lambda images: (0.0, 255.0),  # from 0 to 1, as `ToTensor` does it
    "standard": _standard,  # each colour with mean 0 and standard deviation 1
    "mean_image": lambda images: (images.mean(0), 1.0),  # bytes, less the mean of the same pixel of all pictures
}


class Pictures:
    """A data set that hands out whole batches: pictures (N, 3, H, W), float32, and labels (N,), int64.

    torch: the library whose tensors are wanted. images: (N, H, W, 3), uint8. labels: a number each. mean, std: a
    picture is (bytes - mean) / std, see PIXELS; by default from 0 to 1, what `ToTensor` gives picture by picture. The
    memory stays in the order of images, channels last.

    >>> from minitorch_edu.training.data import Pictures
    >>> shapes = datasets.Shapes10(size=5)
    >>> pictures = Pictures(torch, shapes.data, shapes.targets)
    >>> for batch, labels in pictures.loader(batch_size=3):
    ...     print(tuple(batch.shape), labels)
    (3, 3, 32, 32) tensor([3, 8, 5])
    (2, 3, 32, 32) tensor([0, 2])
    """

    def __init__(self, torch, images, labels, mean=0.0, std=255.0):
        self.torch, self.images, self.labels = torch, images, np.asarray(labels, np.int64)
        self.mean, self.std = np.float32(mean), np.float32(std)

    def __len__(self):
        return len(self.images)

    def __getitems__(self, indices):
        pictures = self.images[indices].astype(np.float32)  # (N, H, W, 3)
        pictures -= self.mean
        pictures /= self.std
        return self.torch.from_numpy(pictures.transpose(0, 3, 1, 2)), self.torch.from_numpy(self.labels[indices])

    def loader(self, batch_size, shuffle=False):
        """The library's own DataLoader over the batches; with shuffle, in a new order each epoch."""
        return self.torch.utils.data.DataLoader(self, batch_size, shuffle=shuffle, collate_fn=lambda batch: batch)


def find_data(choice, root, pictures=None):
    """The data that `--data` means: (name, training set, test set, where it is from).

    choice: "cifar10", "shapes10", or "auto": CIFAR-10 if it lies under root, else Shapes10. pictures: train on so many.

    >>> from minitorch_edu.training.data import find_data
    >>> name, train_set, test_set, origin = find_data("shapes10", root="data", pictures=500)
    >>> name, len(train_set), len(test_set), origin
    ('shapes10', 500, 4000, 'Shapes10, drawn here')
    """
    from ..vision.datasets import CIFAR10, Shapes10

    folder = os.path.join(os.path.abspath(root), CIFAR10.base_folder)
    there = os.path.isdir(folder)
    name = choice if choice != "auto" else "cifar10" if there else "shapes10"
    if name == "cifar10":
        train_set, test_set = (CIFAR10(root, train=train, download=not there) for train in (True, False))
        train_set.data, train_set.targets = train_set.data[:pictures], train_set.targets[:pictures]
        return name, train_set, test_set, f"CIFAR-10 from {folder}"
    train_set = Shapes10(train=True, size=pictures or 20000)
    test_set = Shapes10(train=False, size=4000)
    said = "Shapes10, drawn here"
    if choice == "auto":
        said += f" (there is no {folder}; --data-root DIR says where CIFAR-10 lies, --data cifar10 downloads it)"
    return name, train_set, test_set, said
