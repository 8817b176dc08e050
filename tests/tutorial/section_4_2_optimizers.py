"""4.2: descent: the network trained with SGD, and the rule of Adam written out."""

from course import Block

SGD = """
import torch
import torchvision
from torch import nn
from torch.nn import Flatten, Sequential
from torch.utils.data import DataLoader

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(f"on: {device}")

train_set = torchvision.datasets.CIFAR10("./data", train=True, transform=torchvision.transforms.ToTensor(),
                                         download=True)
batches = DataLoader(train_set, batch_size=8, shuffle=True)


class QuickNet(nn.Module):
    def __init__(self):
        super(QuickNet, self).__init__()
        self.layers = Sequential(
            nn.Conv2d(3, 32, 5, padding=2),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 5, padding=2),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2),
            nn.MaxPool2d(2),
            Flatten(),
            nn.Linear(1024, 64),
            nn.Linear(64, 10)
        )

    def forward(self, pictures):
        pictures = self.layers(pictures)
        return pictures


net = QuickNet().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
print(optimizer)

for epoch in range(2):
    summed_loss = 0.0
    for batch in batches:
        pictures, labels = batch
        pictures, labels = pictures.to(device), labels.to(device)
        scores = net(pictures)
        loss = criterion(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        summed_loss += loss.item()
    print(summed_loss)
"""

BLOCKS = [
    Block("4.2 an epoch's summed loss", SGD),
    Block(
        "4.2 Adam written out, beside torch.optim.Adam",
        """
import numpy as np
import torch


def adam(rate, beta1, beta2, eps, weight, gradient, mean, square, t):
    mean = beta1 * mean + (1 - beta1) * gradient
    square = beta2 * square + (1 - beta2) * gradient * gradient
    mean_hat = mean / (1 - beta1 ** t)
    square_hat = square / (1 - beta2 ** t)
    weight = weight - rate * (mean_hat / (np.sqrt(square_hat) + eps))
    return weight, mean, square


weight = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adam([weight], lr=0.1, betas=(0.9, 0.999), eps=1e-8)
print(optimizer)
by_hand, mean, square = np.array([1.0, -2.0, 3.0]), 0, 0
for t in range(1, 11):
    optimizer.zero_grad()
    loss = ((weight - 0.5) ** 4).sum()
    loss.backward()
    by_hand, mean, square = adam(0.1, 0.9, 0.999, 1e-8, by_hand, 4 * (by_hand - 0.5) ** 3, mean, square, t)
    optimizer.step()
    print(t, loss, weight, by_hand.round(6))
""",
    ),
    *[
        Block(
            f"4.2 ten steps of {name}",
            f"""
import torch

weight = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
optimizer = torch.optim.{name}([weight], {options})
print(optimizer)
for t in range(10):
    optimizer.zero_grad()
    loss = ((weight - 0.5) ** 4).sum()
    loss.backward()
    optimizer.step()
    print(loss.item(), weight)
""",
        )
        for name, options in (
            ("SGD", "lr=0.001"),
            ("SGD", "lr=0.001, momentum=0.9"),
            ("Adagrad", "lr=0.1, eps=1e-10"),
            ("RMSprop", "lr=0.01"),
            ("Adam", "lr=0.01"),
        )
    ],
]
