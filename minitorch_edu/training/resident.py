"""A data set that lies on a device as bytes, whose batches are taken and scaled there.

The pictures are the plain loop's, bit for bit, and come in its order: torch's DataLoader draws it, but of numbers only.

torch is imported by whoever calls.
"""

import numpy as np

__all__ = ["Batches", "Resident"]


class Resident:
    """A data set that lies on a device: pictures (N, H, W, 3) as bytes, and labels.

    plain: the training.data.Pictures that it is made of. numbers: its batches are numbers of pictures, not pictures.

    >>> import torch as theirs
    >>> from minitorch_edu.training.data import Pictures
    >>> from minitorch_edu.training.resident import Resident
    >>> shapes = datasets.Shapes10(size=5)
    >>> pictures = Resident(theirs, Pictures(theirs, shapes.data, shapes.targets), "cpu")
    >>> for batch, labels in pictures.loader(batch_size=3):
    ...     print(tuple(batch.shape), labels)
    (3, 3, 32, 32) tensor([3, 8, 5])
    (2, 3, 32, 32) tensor([0, 2])
    """

    def __init__(self, torch, plain, device, numbers=False):
        self.torch, self.numbers = torch, numbers
        arrays = (np.ascontiguousarray(plain.images), plain.labels, np.asarray(plain.mean), np.asarray(plain.std))
        # std is a tensor as well: CUDA would multiply by 1 / a number, which rounds otherwise than dividing does.
        self.images, self.labels, self.mean, self.std = (torch.from_numpy(array).to(device) for array in arrays)

    def __len__(self):
        return len(self.images)

    def take(self, numbers):
        """The pictures (N, 3, H, W), channels last in memory, and the labels of these numbers."""
        pictures = (self.images[numbers].float() - self.mean) / self.std
        return pictures.permute(0, 3, 1, 2), self.labels[numbers]

    def loader(self, batch_size, shuffle=False):
        """The batches; with shuffle, in a new order each epoch."""
        return Batches(self, batch_size, shuffle)


class Batches:
    """Batches of a Resident, in the order in which torch's DataLoader has them, which draws it.

    >>> import torch as theirs
    >>> from minitorch_edu.training.data import Pictures
    >>> from minitorch_edu.training.resident import Batches, Resident
    >>> shapes = datasets.Shapes10(size=5)
    >>> _ = theirs.manual_seed(0)
    >>> list(Batches(Resident(theirs, Pictures(theirs, shapes.data, shapes.targets), "cpu", numbers=True), 3, True))
    [tensor([1, 4, 2]), tensor([3, 0])]
    """

    def __init__(self, dataset, batch_size, shuffle):
        self.dataset, self.batch_size = dataset, batch_size
        torch, count = dataset.torch, len(dataset)
        self.order = torch.utils.data.DataLoader(range(count), count, shuffle=shuffle, collate_fn=torch.tensor)

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        numbers = next(iter(self.order)).split(self.batch_size)
        if self.dataset.numbers:
            return iter(numbers)
        device = self.dataset.images.device
        return (self.dataset.take(batch.to(device)) for batch in numbers)
