"""2.2: convolution: the function with a kernel that is given, the layer with one that is drawn."""

from course import Block, Slip

BLOCKS = [
    Block(
        "2.2 F.conv2d of whole numbers",
        """
import numpy as np
import torch
import torch.nn.functional as F

low, high = -8, 8
page = torch.tensor(np.random.randint(low, high, size=(5, 5)))
page = torch.reshape(page, (1, 1, 5, 5))
print(page)
kernel = torch.tensor(np.random.randint(0, 2, size=(3, 3)))
kernel = torch.reshape(kernel, (1, 1, 3, 3))
print(kernel)
result = F.conv2d(page, kernel, bias=torch.tensor([2]), stride=1, padding=0)
print(result)
print(page.shape)
print(result.shape)
for stride, padding in ((1, 1), (2, 0), (2, 1), (3, 2)):
    print(F.conv2d(page, kernel, bias=torch.tensor([2]), stride=stride, padding=padding))
""",
    ),
    Slip(
        "2.2 slip: a kernel without its two axes of channels",
        """
import torch
import torch.nn.functional as F

F.conv2d(torch.ones(1, 1, 5, 5), torch.ones(3, 3))
""",
        torchs=RuntimeError,
        ours=RuntimeError,
        words=("conv2d()", "weight", "[3, 3]"),
    ),
    Block(
        "2.2 a layer, over all batches",
        """
import torch
import torchvision
from torch.utils.data import DataLoader

test_set = torchvision.datasets.CIFAR10("./data", train=False, transform=torchvision.transforms.ToTensor(),
                                        download=True)
batches = DataLoader(test_set, batch_size=64)


class OneLayer(torch.nn.Module):
    def __init__(self):
        super(OneLayer, self).__init__()
        self.conv = torch.nn.Conv2d(3, 6, 3, stride=1, padding=0)

    def forward(self, pictures):
        pictures = self.conv(pictures)
        return pictures


layer = OneLayer()
print(layer)
print(layer.conv.weight)
print(layer.conv.bias)
for batch in batches:
    pictures, labels = batch
    maps = layer(pictures)
    print(pictures.shape)
    print(maps.shape)
print(maps[0, :, 0, 0])
""",
    ),
]
