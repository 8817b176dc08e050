"""2.4: activations: ReLU, ReLU of both signs, Sigmoid, and a sigmoid of our own."""

from course import Block

BLOCKS = [
    Block(
        "2.4 ReLU",
        """
import torch
import torch.nn as nn

rectify = nn.ReLU()
values = torch.randn(2)
result = rectify(values)
print(rectify, values, result)
""",
    ),
    Block(
        "2.4 ReLU in place",
        """
import torch
import torch.nn as nn

values = torch.randn(5)
print(values)
result = nn.ReLU(inplace=True)(values)
print(nn.ReLU(inplace=True), result, values, result is values)
""",
    ),
    Block(
        "2.4 ReLU of both signs (CReLU)",
        """
import torch
import torch.nn as nn

rectify = nn.ReLU()
values = torch.randn(2).unsqueeze(0)
result = torch.cat((rectify(values), rectify(-values)))
print(values, result)
""",
    ),
    Block(
        "2.4 Sigmoid",
        """
import torch
import torch.nn as nn

squash = nn.Sigmoid()
values = torch.randn(2)
result = squash(values)
print(squash, values, result)
""",
    ),
    Block(
        "2.4 a sigmoid with a slope and a centre",
        """
import torch


def slanted_sigmoid(values, slope=1.0, centre=0.0):
    return 1 / (1 + torch.exp(-slope * (values - centre)))


values = torch.tensor([0.0, 1.0, 2.0])
result = slanted_sigmoid(values, slope=2.0, centre=1.0)
print(result)
print(slanted_sigmoid(values), torch.sigmoid(values))
""",
    ),
]
