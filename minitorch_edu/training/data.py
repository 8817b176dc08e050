"""The pictures of a run, as batches of tensors of either library."""

import os

import numpy as np

__all__ = ["Pictures", "find_data"]


class Pictures:
    """A data set that hands out whole batches: pictures (N, 3, H, W), float32 from 0 to 1, and labels (N,), int64.

    torch: the library whose tensors are wanted. images: (N, H, W, 3), uint8. labels: one number each. What a batch holds
    is what `ToTensor` gives picture by picture; the memory stays in the order of images, channels last.
    """

    def __init__(self, torch, images, labels):
        self.torch, self.images, self.labels = torch, images, np.asarray(labels, np.int64)

    def __len__(self):
        return len(self.images)

    def __getitems__(self, indices):
        pictures = self.images[indices].astype(np.float32)  # (N, H, W, 3)
        pictures /= 255
        return self.torch.from_numpy(pictures.transpose(0, 3, 1, 2)), self.torch.from_numpy(self.labels[indices])

    def loader(self, batch_size, shuffle=False):
        """The library's own DataLoader over the batches; with shuffle, in a new order each epoch."""
        return self.torch.utils.data.DataLoader(self, batch_size, shuffle=shuffle, collate_fn=lambda batch: batch)


def find_data(choice, root):
    """The training and the test set that `--data` means, and a line that says which and why.

    choice: "cifar10", "shapes10", or "auto": CIFAR-10 if it lies under root, else Shapes10.
    """
    from ..vision.datasets import CIFAR10, Shapes10

    folder = os.path.join(os.path.abspath(root), "cifar-10-batches-py")
    if choice == "auto":
        choice = "cifar10" if os.path.isdir(folder) else "shapes10"
        said = f"found in {folder}" if choice == "cifar10" else (
            f"there is no {folder}; for CIFAR-10 give --data cifar10 (downloads it) or --data-root DIR (where it lies)"
        )  # fmt: skip
    else:
        said = "as asked for"
    if choice == "cifar10":
        sets = [CIFAR10(root, train=train, download=not os.path.isdir(folder)) for train in (True, False)]
    else:
        sets = [Shapes10(train=train) for train in (True, False)]
    return (*sets, f"{'CIFAR-10' if choice == 'cifar10' else 'Shapes10'} ({said})")
