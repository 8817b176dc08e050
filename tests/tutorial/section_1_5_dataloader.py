"""1.5: batches of a data set, shuffled or in order."""

from course import Block

TEST_SET = """
import torchvision
from torch.utils.data import DataLoader

test_set = torchvision.datasets.CIFAR10("./data", train=False, transform=torchvision.transforms.ToTensor(),
                                        download=True)
"""

BLOCKS = [
    Block(
        "1.5 shuffled batches of four",
        TEST_SET
        + """
batches = DataLoader(dataset=test_set, batch_size=4, shuffle=True, num_workers=0)
print(len(batches))
for batch in batches:
    pictures, labels = batch
    print(pictures.shape, labels.shape)
    print(labels)
""",
    ),
    Block(
        "1.5 drop_last and pin_memory",
        TEST_SET
        + """
for drop_last in (False, True):
    batches = DataLoader(test_set, batch_size=64, shuffle=True, drop_last=drop_last, pin_memory=False)
    print(len(batches), [len(labels) for pictures, labels in batches])
""",
    ),
    Block(
        "1.5 a batch as one picture",
        TEST_SET
        + """
from matplotlib.figure import Figure

pictures, labels = next(iter(DataLoader(test_set, batch_size=4)))
sheet = torchvision.utils.make_grid(pictures / 2 + 0.5)
print(sheet.shape, sheet[:, 20, 20])
print(" ".join(test_set.classes[labels[j]] for j in range(4)))
figure = Figure()
figure.add_subplot().imshow(sheet.permute(1, 2, 0).numpy())
figure.savefig("batch.png")
shown = torchvision.utils.make_grid(list(pictures), nrow=2, normalize=True, scale_each=True)
print(shown.shape, shown.mean(), shown.max())
""",
    ),
    Block(
        "1.5 two epochs of batches, into the log",
        TEST_SET
        + """
from torch.utils.tensorboard import SummaryWriter

batches = DataLoader(dataset=test_set, batch_size=64, shuffle=False, num_workers=0)
log = SummaryWriter(log_dir="./logs")
for epoch in range(2):
    count = 0
    for batch in batches:
        pictures, labels = batch
        log.add_images("epoch {}".format(epoch), pictures, count)
        count += 1
    print(epoch, count, labels)
log.close()
""",
    ),
]
