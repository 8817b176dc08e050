"""1.2: pictures and curves for TensorBoard."""

import sys

from course import Block, Slip

LOG = """
import numpy as np
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

log = SummaryWriter("logs")
picture = Image.open("img/bee.jpg")
pixels = np.array(picture)
print(pixels.shape, pixels.dtype)
log.add_image("bee", pixels, 1, dataformats="HWC")
for x in range(100):
    log.add_scalar("identity", x, x)
log.close()
"""

BLOCKS = [
    Block("1.2 an array of pixels, and a hundred numbers", LOG),
    Slip(
        "1.2 slip: an import that the editor added, from a part of NumPy that Python 3.12 lost",
        "from numpy.distutils.tests.test_npy_pkg_config import simple\n",
        torchs=ImportError if sys.version_info >= (3, 12) else type(None),
        ours=ImportError if sys.version_info >= (3, 12) else type(None),
    ),
    Slip(
        "1.2 slip: dataformats left out, and the channels come last",
        LOG.replace(', dataformats="HWC"', ""),
        torchs=Exception,
        ours=Exception,
        words=("add_image", "dataformats"),
    ),
]
