"""2.5: batch normalization in a network, linear layers, parameters."""

from course import Block, Slip

BATCHES = """
import torch
import torchvision.datasets as datasets
from torch import nn
from torch.utils.data import DataLoader
import torchvision.transforms as transforms

test_set = datasets.CIFAR10(root="./data", train=False,
                            transform=transforms.ToTensor(),
                            download=True)


class Wide(nn.Module):
    def __init__(self):
        super(Wide, self).__init__()
        self.linear = nn.Linear(in_features=196608, out_features=10)

    def forward(self, pictures):
        pictures = self.linear(pictures)
        return pictures


"""

BLOCKS = [
    Block(
        "2.5 BatchNorm2d, trained and evaluated",
        """
import torch
from torch import nn


class Normal(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(num_features=16)

    def forward(self, maps):
        return self.bn1(maps)


net = Normal()
print(net)
maps = 3 * torch.randn(4, 16, 5, 6) + 1
print(net(maps).shape, net.bn1.running_mean, net.bn1.running_var, net.bn1.num_batches_tracked)
net.eval()
print(net(maps)[0, :, 0, 0])
""",
    ),
    Block(
        "2.5 Linear, of the last axis",
        """
import torch

affine = torch.nn.Linear(4,  # from
                         3,  # to
                         bias=True)
rows = torch.randn(2, 5, 4)
print(affine)
print(affine(rows))
print(torch.nn.Linear(in_features=4, out_features=3, bias=False))
""",
    ),
    Slip(
        "2.5 slip: a signature typed as if it were a call",
        "import torch\n\ntorch.nn.Linear(in_features, out_features, bias=True)\n",
        torchs=NameError,
        ours=NameError,
        words=("in_features",),
    ),
    Block(
        "2.5 all parameters",
        """
import torch
from torch import nn

model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
for parameter in model.parameters():
    print(parameter)
for name, parameter in model.named_parameters():
    print(name, parameter.shape, parameter.requires_grad)
""",
    ),
    Block(
        "2.5 a layer for a whole flattened batch, and the batches",
        BATCHES
        + """
wide = Wide()
print(wide)
for batch in DataLoader(test_set, batch_size=64):
    pictures, labels = batch
    print(pictures.shape)
    row = torch.reshape(pictures, [1, 1, 1, -1])
    print(row.shape, torch.flatten(pictures).shape)
""",
    ),
    Block(
        "2.5 mended: full batches only",
        BATCHES
        + """
wide = Wide()
for pictures, labels in DataLoader(test_set, batch_size=64, drop_last=True):
    print(wide(torch.reshape(pictures, [1, 1, 1, -1])).shape, wide(torch.flatten(pictures)).shape)
""",
    ),
    Block(
        "2.5 mended: every picture flattened by itself",
        BATCHES
        + """
narrow = nn.Linear(in_features=3072, out_features=10)
for pictures, labels in DataLoader(test_set, batch_size=64):
    print(narrow(torch.flatten(pictures, 1)).shape)
""",
    ),
    *[
        Slip(
            f"2.5 slip: the last batch is shorter than the layer is wide, {flatten}",
            BATCHES
            + f"""
wide = Wide()
for pictures, labels in DataLoader(test_set, batch_size=64):
    print(pictures.shape)
    wide(torch.{flatten})
""",
            torchs=RuntimeError,
            ours=RuntimeError,
            words=("linear()", "input", "49152", "196608", "batch", "flatten(1)"),
        )
        for flatten in ("reshape(pictures, [1, 1, 1, -1])", "flatten(pictures)")
    ],
    Slip(
        "2.5 slip: nn out of another library",
        """
import torch
from sympy.abc import n as nn


class Wide(nn.Module):
    pass
""",
        torchs=AttributeError,
        ours=AttributeError,
        words=("'Symbol'", "'Module'"),
    ),
]
