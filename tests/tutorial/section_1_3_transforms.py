"""1.3: from a picture to a tensor: ToTensor, Normalize, Resize, RandomCrop, Compose."""

from course import Block, Slip

TO_TENSOR = """
from PIL import Image
from torchvision import transforms

photo = Image.open("img/bee.jpg")
convert = transforms.ToTensor()
tensor = convert(photo)
print(tensor.shape, tensor.dtype, tensor.min(), tensor.max())
print(tensor)
"""

BLOCKS = [
    Block(
        "1.3 ToTensor, into the log",
        """
from PIL import Image
from torch.utils.tensorboard import SummaryWriter
from torchvision import transforms

log = SummaryWriter(log_dir="./logs")
photo = Image.open("img/bee.jpg")
convert = transforms.ToTensor()
tensor = convert(photo)
log.add_image("as a tensor", tensor)
log.close()
print(tensor)
""",
    ),
    Block("1.3 ToTensor", TO_TENSOR),
    Block(
        "1.3 Normalize",
        TO_TENSOR
        + """
centre = transforms.Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5])
print(centre)
centred = centre(tensor)
print(centred)
print(centred[0][0][0], tensor[0][0][0])
natural = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])(tensor)
print(natural)
""",
    ),
    Slip(
        "1.3 slip: Normalize before ToTensor",
        """
from PIL import Image
from torchvision import transforms

transforms.Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5])(Image.open("img/bee.jpg"))
""",
        torchs=TypeError,
        ours=TypeError,
        words=("normalize()", "img", "ToTensor() before"),
    ),
    Block(
        "1.3 Resize",
        """
from PIL import Image
from torchvision import transforms

photo = Image.open("img/bee.jpg")
square = transforms.Resize((128, 128))
smaller = square(photo)
smaller.show()
print(square, smaller.size, smaller.mode)
by_the_shorter_side = transforms.Resize(24)(photo)
limited = transforms.Resize(24, max_size=30)(photo)
nearest = transforms.Resize((20, 31), interpolation=transforms.InterpolationMode.NEAREST)(photo)
as_tensor = transforms.Resize((20, 31), antialias=True)(transforms.ToTensor()(photo))
print(by_the_shorter_side.size, limited.size, nearest.size, as_tensor.shape)
""",
    ),
    Block(
        "1.3 RandomCrop",
        """
from PIL import Image
from torchvision import transforms

photo = Image.open("img/bee.jpg")
for options in ({}, {"padding": 4}, {"padding": 9, "fill": 7}, {"padding": (1, 2), "padding_mode": "reflect"}):
    crop = transforms.RandomCrop(40, **options)
    piece = transforms.ToTensor()(crop(photo))
    print(crop, piece.shape, piece[:, 3, 3])
wide = transforms.RandomCrop((64, 100), pad_if_needed=True)(photo)
print(wide.size)
""",
    ),
    Block(
        "1.3 Compose",
        """
import torchvision
from PIL import Image

steps = torchvision.transforms.Compose([
    torchvision.transforms.Resize((256, 256)),
    torchvision.transforms.RandomHorizontalFlip(),
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5]),
])
print(steps)
for _ in range(4):
    tensor = steps(Image.open("img/bee.jpg"))
    print(tensor.shape, tensor[:, 0, 0])
print(tensor)
""",
    ),
]
