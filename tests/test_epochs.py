"""One seed, one script: three epochs of shuffled, cropped and flipped pictures are torch's, bit for bit."""

import numpy as np
import pytest
import torch
from PIL import Image

import minitorch_edu as mt
from minitorch_edu.vision.datasets import Shapes10
from reference.torchvision import torchvision


def script(torch, transforms, **options):
    """What a learner writes, on either library; yields (what it is, its numbers) for all that comes out."""
    drawn = Shapes10(train=True, size=70)
    augment = transforms.Compose([
        transforms.RandomCrop(32, padding=4),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    ])  # fmt: skip

    class Pictures(torch.utils.data.Dataset):
        def __getitem__(self, index):
            return augment(Image.fromarray(drawn.data[index])), drawn.targets[index]

        def __len__(self):
            return len(drawn)

    torch.manual_seed(2024)
    loader = torch.utils.data.DataLoader(Pictures(), batch_size=16, shuffle=True, **options)
    for epoch in range(1, 4):
        for number, (pictures, labels) in enumerate(loader, 1):
            yield f"epoch {epoch}, batch {number}: pictures", pictures.numpy()
            yield f"epoch {epoch}, batch {number}: labels", labels.numpy()
        yield f"what is drawn after epoch {epoch}", torch.rand(5).numpy()


@pytest.mark.parametrize("options", [{"num_workers": 0}, {"num_workers": 2},
                                     {"num_workers": 2, "persistent_workers": True}], ids=str)  # fmt: skip
def test_three_epochs_are_torchs(options):
    ours = script(mt, mt.vision.transforms, **options)
    theirs = script(torch, torchvision.transforms, **options)
    for (what, got), (_, expected) in zip(ours, theirs, strict=True):
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype), what
        if got.tobytes() != expected.tobytes():
            differ = (got != expected).mean()
            worst = np.abs(got - expected).max()
            pytest.fail(f"{what}: {differ:.1%} of the numbers differ, by {worst} at the most")
