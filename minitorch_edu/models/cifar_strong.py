"""The tutorial's three convolutions and two linear layers, with what was found since: batch norm, and ReLU.

A convolution that batch norm follows has no bias, which the norm would take away again. Pooling comes first, so that
norm and ReLU have a quarter of the numbers to go through; the order conv, pool, norm, activation is that of
https://github.com/KellerJordan/cifar10-airbench

Papers: Ioffe & Szegedy (2015), https://arxiv.org/abs/1502.03167 (batch norm)
"""

__all__ = ["cifar_strong"]


def cifar_strong(nn):
    """The network as an nn.Sequential: pictures (N, 3, 32, 32) -> scores (N, 10); 184,138 parameters.

    >>> from minitorch_edu.models import cifar_strong
    >>> net = cifar_strong(nn)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 184138)
    """
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2, bias=False),  # (N, 3, 32, 32) -> (N, 32, 32, 32)
        nn.MaxPool2d(2, 2),  # (N, 32, 16, 16)
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 48, 5, padding=2, bias=False),  # (N, 48, 16, 16)
        nn.MaxPool2d(2, 2),  # (N, 48, 8, 8)
        nn.BatchNorm2d(48),
        nn.ReLU(),
        nn.Conv2d(48, 64, 5, padding=2, bias=False),  # (N, 64, 8, 8)
        nn.MaxPool2d(2, 2),  # (N, 64, 4, 4)
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Flatten(),  # (N, 64 * 4 * 4) = (N, 1024)
        nn.Linear(1024, 64),  # (N, 64)
        nn.ReLU(),
        nn.Linear(64, 10),  # (N, 10)
    )
