"""6: normalization over the batch, and over the features."""

from course import Block

BLOCKS = [
    Block(
        "6.1 BatchNorm1d",
        """
import torch
import torch.nn as nn

norm = nn.BatchNorm1d(num_features=10)
rows = torch.randn(32, 10)
result = norm(rows)
print(norm, result.shape)
print(norm.running_mean, norm.running_var)
""",
    ),
    Block(
        "6.1 BatchNorm2d",
        """
import torch
import torch.nn as nn

norm = nn.BatchNorm2d(num_features=16)
maps = torch.randn(8, 16, 32, 32)
result = norm(maps)
print(norm, result.shape)
print(nn.BatchNorm2d(16, eps=1e-3, momentum=0.2, affine=False))
""",
    ),
    Block(
        "6.1 batch normalization in a network",
        """
import torch
import torch.nn as nn


class Small(nn.Module):
    def __init__(self):
        super(Small, self).__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, stride=1, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, stride=1, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32 * 8 * 8, 10)
        self.bn3 = nn.BatchNorm1d(10)

    def forward(self, pictures):
        maps = self.conv1(pictures)
        maps = self.bn1(maps)
        maps = torch.relu(maps)
        maps = self.conv2(maps)
        maps = self.bn2(maps)
        maps = torch.relu(maps)
        rows = torch.flatten(maps, 1)
        rows = self.fc(rows)
        rows = self.bn3(rows)
        return rows


net = Small()
pictures = torch.randn(4, 3, 8, 8)
result = net(pictures)
print(net)
print(result.shape)
net.eval()
print(net(pictures).shape, net.bn3.num_batches_tracked)
""",
    ),
    Block(
        "6.2 LayerNorm",
        """
import torch
import torch.nn as nn

features = 256
norm = nn.LayerNorm(features)
words = torch.randn(32, 50, features)
result = norm(words)
print(norm, result.shape)
""",
    ),
]
