"""CIFAR10-quick as Caffe published it: the tutorial's layer sizes, with ReLU, overlapping windows and mean pooling.

Source: https://github.com/BVLC/caffe/blob/master/examples/cifar10/cifar10_quick_train_test.prototxt
"""

__all__ = ["caffe_quick"]


def caffe_quick(nn):
    """The network as an nn.Sequential: pictures (N, 3, 32, 32) -> scores (N, 10); 145,578 parameters.

    Its pictures are numbers from 0 to 255, less the mean of the training set: the first weights are small for that. A
    window that reaches over the edge (Caffe rounds the number of windows up: ceil_mode) counts only what is inside. The
    weights are normal numbers, of a standard deviation that the source gives for each layer; the biases begin with 0.

    >>> from minitorch_edu.models import caffe_quick
    >>> _ = torch.manual_seed(0)
    >>> net = caffe_quick(nn)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 145578)
    >>> [round(p.std().item(), 4) for p in net.parameters() if p.ndim > 1]
    [0.0001, 0.0101, 0.01, 0.0997, 0.1044]
    """
    net = nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),  # (N, 3, 32, 32) -> (N, 32, 32, 32)
        nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 32, 16, 16)
        nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2),  # (N, 32, 16, 16)
        nn.ReLU(),
        nn.AvgPool2d(3, 2, ceil_mode=True),  # (N, 32, 8, 8)
        nn.Conv2d(32, 64, 5, padding=2),  # (N, 64, 8, 8)
        nn.ReLU(),
        nn.AvgPool2d(3, 2, ceil_mode=True),  # (N, 64, 4, 4)
        nn.Flatten(),  # (N, 64 * 4 * 4) = (N, 1024)
        nn.Linear(1024, 64),  # (N, 64)
        nn.Linear(64, 10),  # (N, 10)
    )
    layers = [layer for layer in net if hasattr(layer, "weight")]
    for layer, std in zip(layers, (0.0001, 0.01, 0.01, 0.1, 0.1), strict=True):
        nn.init.normal_(layer.weight, std=std)
        nn.init.zeros_(layer.bias)
    return net
