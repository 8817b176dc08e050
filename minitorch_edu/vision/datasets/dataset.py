"""What all sets of pictures have in common: transforms, and how they print.

Twin:  torchvision.datasets.VisionDataset
"""

import os

from ...utils.data import Dataset

__all__ = ["VisionDataset"]


class StandardTransform:
    """A function of picture and label that consists of one of each."""

    def __init__(self, transform=None, target_transform=None):
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input, target):
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self):
        lines = ["StandardTransform"]
        for title, function in (("Transform: ", self.transform), ("Target transform: ", self.target_transform)):
            if function is not None:
                first, *others = repr(function).splitlines()
                lines += [title + first, *(" " * len(title) + line for line in others)]
        return "\n".join(lines)


class VisionDataset(Dataset):
    """Labelled pictures. A subclass sets data (N, 32, 32, 3) uint8, targets (a list of ints) and classes (names).

    transform, target_transform: functions of the PIL picture and of the label, applied whenever a sample is asked for.
    transforms: one function of both, which a subclass applies by itself; ValueError if it is given beside the others.

    >>> class Blank(datasets.VisionDataset):
    ...     def __getitem__(self, index):
    ...         return self.transform(Image.new("L", (1, 1), index)), 0
    ...     def __len__(self):
    ...         return 5
    >>> blank = Blank("somewhere", transform=transforms.PILToTensor())
    >>> blank[3]
    (tensor([[[3]]], dtype=torch.uint8), 0)
    >>> blank
    Dataset Blank
        Number of datapoints: 5
        Root location: somewhere
        StandardTransform
    Transform: PILToTensor()
    """

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transform, self.target_transform, self.transforms = transform, target_transform, transforms
        if transform is not None or target_transform is not None:
            if transforms is not None:
                raise ValueError("Only transforms or transform/target_transform can be passed as argument")
            self.transforms = StandardTransform(transform, target_transform)

    @property
    def class_to_idx(self):
        return {name: number for number, name in enumerate(self.classes)}

    def __getitem__(self, index):
        """(picture, label) of one sample, transformed."""
        from PIL import Image

        transforms = StandardTransform(self.transform, self.target_transform)  # which may have been set since
        return transforms(Image.fromarray(self.data[index]), self.targets[index])

    def __len__(self):
        return len(self.data)

    def extra_repr(self):
        return ""

    def __repr__(self):
        lines = [f"Dataset {type(self).__name__}", f"    Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"    Root location: {self.root}")
        lines += [f"    {line}" for line in self.extra_repr().splitlines()]
        if self.transforms is not None:
            lines.append(f"    {self.transforms}")  # torchvision, too, indents the first line only
        return "\n".join(lines)
