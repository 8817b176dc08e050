"""2.3: pooling: the largest number of a window, and the mean of it."""

from course import Block, Slip

GRID = """
import torch
import torch.nn as nn

grid = torch.tensor([[[[1., 2., 3., 4.],
                       [5., 6., 7., 8.],
                       [9., 10., 11., 12.],
                       [13., 14., 15., 16.]]]])
"""

BLOCKS = [
    Block(
        "2.3.1 what forward of a pooling layer calls",
        """
import torch
import torch.nn.functional as F
from torch import nn


class Pool(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride or kernel_size
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, signal):
        return F.max_pool1d(signal, self.kernel_size, self.stride,
                            self.padding, self.dilation, ceil_mode=self.ceil_mode,
                            return_indices=self.return_indices)


signal = torch.randn(2, 3, 11)
print(signal)
print(Pool(2)(signal))
print(Pool(3, 2, 1)(signal))
print(Pool(3, dilation=2, ceil_mode=True)(signal))
print(Pool(2, return_indices=True)(signal))
""",
    ),
    Block(
        "2.3.1 MaxPool2d",
        GRID
        + """
largest = nn.MaxPool2d(kernel_size=2)
pooled = largest(grid)
print(largest)
print(pooled)
print(nn.MaxPool2d(3)(grid), nn.MaxPool2d(3, ceil_mode=True)(grid))
""",
    ),
    Block(
        "2.3.1 AvgPool2d",
        GRID
        + """
mean = nn.AvgPool2d(kernel_size=2)
pooled = mean(grid)
print(mean)
print(pooled)
print(torch.nn.AvgPool2d(2, stride=None, padding=0)(grid), torch.nn.AvgPool2d(3, stride=1, padding=1)(grid))
""",
    ),
    Slip(
        "2.3.1 slip: a signature typed as if it were a call",
        "import torch\n\ntorch.nn.AvgPool2d(kernel_size, stride=None, padding=0)\n",
        torchs=NameError,
        ours=NameError,
        words=("kernel_size",),
    ),
    Slip(
        "2.3.1 slip: no window",
        "import torch\n\ntorch.nn.AvgPool2d(stride=None, padding=0)\n",
        torchs=TypeError,
        ours=TypeError,
        words=("AvgPool2d.__init__()", "missing", "'kernel_size'"),
    ),
    Slip(
        "2.3.1 slip: an argument that is called otherwise",
        "import torch\n\ntorch.nn.MaxPool2d(kernel=2)\n",
        torchs=TypeError,
        ours=TypeError,
        words=("MaxPool2d.__init__()", "unexpected", "'kernel'"),
    ),
]
