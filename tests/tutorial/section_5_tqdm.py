"""5: a progress bar beside the batches."""

from course import Block

BLOCKS = [
    Block(
        "5.1 a bar that counts pictures",
        """
import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

test_set = torchvision.datasets.CIFAR10("./data", train=False, transform=torchvision.transforms.ToTensor())
loader = DataLoader(test_set, batch_size=16)
net = nn.Sequential(nn.Conv2d(3, 4, 5, stride=3), nn.Flatten(), nn.Linear(400, 10))
loss_fn = nn.CrossEntropyLoss()
bar = tqdm(total=len(loader.dataset), ncols=0, desc="Test", unit=" pictures")
summed_loss, summed_accuracy = 0.0, 0.0
for number, (pictures, labels) in enumerate(loader):
    scores = net(pictures)
    summed_loss += loss_fn(scores, labels).item()
    summed_accuracy += (scores.argmax(1) == labels).float().mean().item()
    bar.update(loader.batch_size)
    bar.set_postfix(
        loss=f"{summed_loss / (number + 1):.2f}",
        accuracy=f"{summed_accuracy / (number + 1):.2f}",
    )
bar.close()
print(bar.n, bar.total, bar.postfix)
""",
    ),
    Block(
        "5.1 a bar around the loader, and losses that are tensors",
        """
import torch
from torch.utils.data import DataLoader
from tqdm import tqdm

bar = tqdm(DataLoader(torch.arange(10), batch_size=4), ncols=0, desc="Sum", unit=" batches")
total = torch.tensor(0)
for batch in bar:
    total = total + batch.sum()
    bar.set_postfix(total=total.item(), mean=total.item() / 10)
print(total, len(bar))
""",
    ),
    Block(
        "5.1 a bar that ends full, though the last batch is short",
        """
import torch
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

data = TensorDataset(torch.arange(70.0).reshape(35, 2), torch.arange(35))
loader = DataLoader(data, batch_size=8, shuffle=True)
for epoch in range(2):
    with tqdm(total=len(loader.dataset), ncols=0, desc=f"Epoch {epoch + 1}", unit=" samples") as bar:
        for points, numbers in loader:
            bar.update(len(numbers))
            bar.set_postfix(mean=points.mean(), largest=numbers.max().item())
    print(bar.n, bar.total, bar.postfix)

bar = tqdm(loader, ncols=0)
for points, numbers in bar:
    pass
print(bar.n, bar.total, len(points))

bar = tqdm(enumerate(loader, 1), total=len(loader), ncols=0)
for number, batch in bar:
    if number == 3:
        break
print(bar.n, bar.total, number)
""",
    ),
]
