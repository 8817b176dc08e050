"""CIFAR10-quick, the network of the tutorial: three convolutions, two linear layers, no activation between them.

One definition for every backend: it is built from the nn namespace that it is given.

    from minitorch_edu import nn        or        from torch import nn
    net = cifar_quick(nn)

Source: the "quick" model of cuda-convnet (A. Krizhevsky, 2012), https://code.google.com/archive/p/cuda-convnet
"""

__all__ = ["cifar_quick"]


def cifar_quick(nn):
    """The network as an nn.Sequential: pictures (N, 3, 32, 32) -> scores (N, 10); 145,578 parameters.

    >>> from minitorch_edu.models import cifar_quick
    >>> net = cifar_quick(nn)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 145578)
    """
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),  # (N, 3, 32, 32) -> (N, 32, 32, 32)
        nn.MaxPool2d(2, 2),  # (N, 32, 16, 16)
        nn.Conv2d(32, 32, 5, padding=2),  # (N, 32, 16, 16)
        nn.MaxPool2d(2, 2),  # (N, 32, 8, 8)
        nn.Conv2d(32, 64, 5, padding=2),  # (N, 64, 8, 8)
        nn.MaxPool2d(2, 2),  # (N, 64, 4, 4)
        nn.Flatten(),  # (N, 64 * 4 * 4) = (N, 1024)
        nn.Linear(1024, 64),  # (N, 64)
        nn.Linear(64, 10),  # (N, 10)
    )
