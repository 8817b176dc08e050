"""3: the network out of a Sequential, its training with an evaluation and a checkpoint each epoch, and its use."""

from course import Block, Slip

NET = """
import torch
from torch import nn
from torch.nn import Conv2d, Flatten, Linear, MaxPool2d


class QuickNet(nn.Module):
    def __init__(self):
        super(QuickNet, self).__init__()
        self.layers = nn.Sequential(
            Conv2d(3, 32, 5, padding=2),
            MaxPool2d(2, 2),
            Conv2d(32, 32, 5, padding=2),
            MaxPool2d(2, 2),
            Conv2d(32, 64, 5, padding=2),
            MaxPool2d(2, 2),
            Flatten(),
            Linear(1024, 64),
            Linear(64, 10)
        )

    def forward(self, pictures):
        pictures = self.layers(pictures)
        return pictures


net = QuickNet()
print(net)
white = torch.ones(64, 3, 32, 32)
scores = net(white)
print(scores.shape)
"""

FIRST_FORM = """
import torch
from torch import nn


class QuickNet(nn.Module):
    def __init__(self):
        super(QuickNet, self).__init__()
        self.conv1 = nn.Conv2d(3, 32, 5, padding=2)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(32, 32, 5, padding=2)
        self.pool2 = nn.MaxPool2d(2, 2)
        self.conv3 = nn.Conv2d(32, 64, 5, padding=2)
        self.pool3 = nn.MaxPool2d(2, 2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(1024, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, pictures):
        pictures = self.pool1(self.conv1(pictures))
        pictures = self.pool2(self.conv2(pictures))
        pictures = self.pool3(self.conv3(pictures))
        pictures = self.flatten(pictures)
        pictures = self.fc1(pictures)
        pictures = self.fc2(pictures)
        return pictures


net = QuickNet()
print(net)
print(net(torch.ones(64, 3, 32, 32)).shape)
"""

TRAIN = """
import torchvision.datasets
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from quick_net import *

log = SummaryWriter("logs")

train_set = torchvision.datasets.CIFAR10(root="data", train=True, download=True,
                                         transform=torchvision.transforms.ToTensor())
test_set = torchvision.datasets.CIFAR10(root="data", train=False, download=True,
                                        transform=torchvision.transforms.ToTensor())
print(f"pictures to train on: {len(train_set)}")
print(f"pictures to test on: {len(test_set)}")
train_batches = DataLoader(train_set, batch_size=8, shuffle=True)
test_batches = DataLoader(test_set, batch_size=8, shuffle=True)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(f"on: {device}")
net = QuickNet().to(device)
loss_fn = nn.CrossEntropyLoss().to(device)
rate = 1e-2
optimizer = torch.optim.SGD(net.parameters(), lr=rate)

steps = 0
epochs = 5
for epoch in range(epochs):
    print(f"epoch {epoch + 1} " + "-" * 40)
    train_loss = 0
    net.train()
    for batch in train_batches:
        pictures, labels = batch
        pictures, labels = pictures.to(device), labels.to(device)
        scores = net(pictures)
        loss = loss_fn(scores, labels)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
        steps += 1
        print(f"loss {loss.item():.4f} in step {steps}")
        if steps % 10 == 0:
            log.add_scalar("loss/train", loss.item(), steps)

    test_loss = 0
    correct = 0
    net.eval()
    with torch.no_grad():
        for batch in test_batches:
            pictures, labels = batch
            pictures, labels = pictures.to(device), labels.to(device)
            scores = net(pictures)
            loss = loss_fn(scores, labels)
            test_loss += loss.item()
            hits = (scores.argmax(dim=1) == labels).sum()
            correct += hits.item()

    print(f"test loss: {test_loss}")
    print(f"test accuracy: {correct / len(test_set)}")
    log.add_scalar("loss/test", test_loss, epoch)
    log.add_scalar("accuracy/test", correct, epoch)

    torch.save(net.state_dict(), f"models/net_{epoch}.path")
log.close()
"""

TRAIN_WITHOUT_LOG = "\n".join(
    line for line in TRAIN.split("\n") if not any(part in line for part in ("SummaryWriter", "log.", "steps % 10"))
)

PREDICT = """
import torchvision.transforms
from PIL import Image
from quick_net import *

torch.save(QuickNet().state_dict(), "models/net_19.path")
names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def tell(path):
    picture = Image.open(path)
    print(picture.mode, picture.size)
    picture = picture.convert("RGB")
    prepare = torchvision.transforms.Compose(
        [torchvision.transforms.ToTensor(),
         torchvision.transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
         torchvision.transforms.Resize((32, 32)), ]
    )
    picture = prepare(picture)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    picture = torch.reshape(picture, (1, 3, 32, 32)).to(device)
    net = QuickNet().to(device)
    net.load_state_dict(torch.load("models/net_19.path"))
    scores = net(picture)
    best = scores.argmax(dim=1)
    print(f"{path} is a picture of: {names[best[0]]}")
    return scores


if __name__ == "__main__":
    all_scores = [tell(f"img/test{number}.jpg") for number in range(4)]
    all_scores += [tell(f"img/test{number}.png") for number in range(4, 8)]
    all_scores = torch.cat(all_scores)
    print(all_scores.shape)
"""

LENET = """
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import CIFAR10
from torchvision.transforms import Compose, Normalize, ToTensor

torch.manual_seed(7)
prepare = Compose([ToTensor(), Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))])
pictures = Subset(CIFAR10("data", train=True, transform=prepare), range(48))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(16 * 5 * 5, 84)
        self.fc2 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = x + 0.1 * torch.randn_like(x)
        x = self.drop(self.pool(F.relu(self.conv2(x))))
        x = x.view(-1, 16 * 5 * 5)
        return self.fc2(F.relu(self.fc1(x)))


net = LeNet()
optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for name in optimizer.state_dict():
    print(name, optimizer.state_dict()[name])
features = net.conv1(pictures[0][0].unsqueeze(0))
print(features.stride(), features.is_contiguous(), features[0].view(6, -1).mean(1))
for x, y in DataLoader(pictures, batch_size=8, shuffle=True):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    print(f"{loss.item():.4f}")
"""

QUICK_NET = {"quick_net": NET}

BLOCKS = [
    Block("3 the network as a Sequential", NET),
    Block("3 the network layer by layer", FIRST_FORM),
    Block(
        "3 the network's graph, into the log",
        NET
        + """
from torch.utils.tensorboard import SummaryWriter

log = SummaryWriter(log_dir="./logs")
log.add_graph(net, white)
log.close()
""",
    ),
    Slip(
        "3 slip: Conv2d out of quantization, which the editor found first",
        NET.replace("from torch.nn", "from torch.ao.nn.qat import Conv2d\nfrom torch.nn"),
        torchs=(type(None), ImportError),
        ours=ImportError,
        words=("torch.ao", "from minitorch_edu.nn import Conv2d"),
    ),
    Block("3 another network, with view(), dropout and noise between the layers", LENET),
    Block("3 200 steps of training", TRAIN_WITHOUT_LOG, QUICK_NET),
    Block("3 training, into the log", TRAIN.replace("epochs = 5", "epochs = 1"), QUICK_NET),
    Block("3 what is on these pictures?", PREDICT, QUICK_NET),
    Slip(
        "3 slip: cuda() where there is none",
        PREDICT.replace(".to(device)\n    net", ".cuda()\n    net"),
        QUICK_NET,
        torchs=(AssertionError, RuntimeError),
        ours=RuntimeError,
        words=("'cuda'", "CPU only", "use device 'cpu'"),
    ),
    Slip(
        "3 slip: no convert, and a PNG has four channels",
        PREDICT.replace('    picture = picture.convert("RGB")\n', ""),
        QUICK_NET,
        torchs=RuntimeError,
        ours=RuntimeError,
        words=("normalize()", "3", 'convert("RGB")'),
    ),
    Slip(
        "3 slip: no Resize, and the picture is larger",
        PREDICT.replace("         torchvision.transforms.Resize((32, 32)), ]", "    ]"),
        QUICK_NET,
        torchs=RuntimeError,
        ours=RuntimeError,
        words=("'[1, 3, 32, 32]'", "[3, 90, 200]"),
    ),
    Slip(
        "3 slip: a checkpoint of the other form of the network",
        PREDICT.replace("QuickNet().state_dict()", "QuickNet().layers.state_dict()"),
        QUICK_NET,
        torchs=RuntimeError,
        ours=RuntimeError,
        words=("QuickNet", "Missing key(s)", "layers.0.weight", "Unexpected key(s)"),
    ),
]
