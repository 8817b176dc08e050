"""1.4: a data set of pictures, looked at one by one."""

from course import Block

CIFAR10 = """
import torchvision

split = torchvision.datasets.CIFAR10("./data", train=False, transform=torchvision.transforms.ToTensor(), download=True)
print(split)
print(split.classes, split.class_to_idx)
"""

BLOCKS = [
    Block(
        "1.4 the first ten",
        CIFAR10
        + """
for number in range(10):
    picture, label = split[number]
    print(number, " ", picture, " ", label, split.classes[label])
""",
    ),
    Block(
        "1.4 the first ten, into the log",
        "from torch.utils.tensorboard import SummaryWriter"
        + CIFAR10
        + """
log = SummaryWriter("log")
for number in range(10):
    picture, label = split[number]
    log.add_image("picture", picture, number)
    print(number, " ", picture, " ", label)
print("all logged")
log.close()
""",
    ),
    Block(
        "1.4 without a transform it is a picture of PIL",
        """
from torchvision import datasets, transforms

split = datasets.CIFAR10(root="./data", train=True)
picture, label = split[3]
print(len(split), picture.size, picture.mode, label)
print(transforms.ToTensor()(picture))
""",
    ),
]
