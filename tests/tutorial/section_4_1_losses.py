"""4.1: losses: squared, absolute, cross-entropy; constructed first, called then."""

from course import Block, Slip

PAIR = """
import torch
from torch import nn

output = torch.randn(4, 3, requires_grad=True)
target = torch.randn(4, 3)
"""


def loss_block(name):
    return Block(
        f"4.1 mended: {name}",
        PAIR
        + f"""
criterion = nn.{name}()
loss = criterion(output, target)
print(criterion, loss)
loss.backward()
print(output.grad)
print(nn.{name}(reduction="sum")(output, target), nn.{name}(reduction="none")(output, target))
""",
    )


def loss_slip(name):
    return Slip(
        f"4.1 slip: {name} constructed with the tensors",
        PAIR + f"\nloss = nn.{name}(output, target)\n",
        torchs=RuntimeError,
        ours=TypeError,
        words=(f"{name}()", "not the output and the target", f"loss = nn.{name}(); loss(output, target)"),
    )


BLOCKS = [
    loss_block("MSELoss"),
    loss_block("L1Loss"),
    loss_slip("MSELoss"),
    loss_slip("L1Loss"),
    loss_slip("CrossEntropyLoss"),
    Block(
        "4.1 CrossEntropyLoss, and its formula",
        """
import torch
from torch import nn

criterion = nn.CrossEntropyLoss()
scores = torch.randn(5, 10, requires_grad=True)
labels = torch.tensor([3, 1, 0, 9, 9])
loss = criterion(scores, labels)
print(criterion, loss)
loss.backward()
print(scores.grad)
one_hot = nn.functional.one_hot(labels, 10)
by_hand = -(one_hot * (scores - torch.log(torch.exp(scores).sum(1, keepdim=True)))).sum(1)
print(by_hand, by_hand.mean())
print(torch.softmax(scores, dim=1).sum(1))
""",
    ),
    Block(
        "4.1 binary cross-entropy, and its formula",
        """
import torch
from torch import nn

probability = torch.sigmoid(torch.randn(6))
truth = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
loss = nn.BCELoss()(probability, truth)
by_hand = -(truth * torch.log(probability) + (1 - truth) * torch.log(1 - probability))
print(probability, loss, by_hand.mean())
""",
    ),
    Slip(
        "4.1 slip: labels that are floats",
        """
import torch
from torch import nn

nn.CrossEntropyLoss()(torch.randn(3, 10), torch.tensor([1.0, 2.0, 3.0]))
""",
        torchs=RuntimeError,
        ours=RuntimeError,
        words=("cross_entropy()", "target", "float32", "target.long()"),
    ),
]
