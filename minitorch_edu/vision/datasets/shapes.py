"""Shapes10: pictures of ten shapes, drawn here, for when there is no CIFAR-10 on the disk and no network.

A shape is a function d(x, y): about the distance to its outline, negative inside. Each picture moves, turns and scales
the plane, (x, y) = R(-angle) (pixel - centre) / radius, and paints what d says, smoothly within one pixel of the edge:

    ink = clip(1/2 - radius * d(x, y), 0, 1)
    picture = background + ink * (colour - background) + noise

The shapes turn by up to 30 degrees, are brighter than the background, and lie anywhere. So no pixel by itself tells a
class: a linear model stays far below a network that looks for edges and corners wherever they are.

The drawing is NumPy's PCG64, seeded by (seed, train or test, block of 500 pictures): the first pictures are the same
however many are asked for. (torch has no such set, and `manual_seed` has no influence on it.)
"""

import numpy as np

from .dataset import VisionDataset

__all__ = ["Shapes10"]

SIDE = 32  # pixels
BLOCK = 500  # pictures drawn at once


class Shapes10(VisionDataset):
    """`size` pictures of ten shapes: data (N, 32, 32, 3) uint8, targets, classes, class_to_idx, as CIFAR10 has them.

    Sample i is (PIL picture, class number), each through its transform. The training and the test pictures are
    different ones, and each 500 pictures have every class 50 times. root: nothing is read or written there; the
    argument makes Shapes10 and CIFAR10 interchangeable. ValueError: size or seed is negative.

    >>> shapes = datasets.Shapes10(size=5)
    >>> [shapes.classes[number] for number in shapes.targets]
    ['heart', 'star', 'square', 'circle', 'crescent']
    >>> picture, number = shapes[0]
    >>> picture.size, shapes.classes[number]
    ((32, 32), 'heart')
    >>> shapes.data.shape, datasets.Shapes10(size=5, train=False).targets
    ((5, 32, 32, 3), [9, 8, 6, 7, 6])
    """

    classes = ("circle", "ring", "crescent", "heart", "triangle", "square", "bar", "cross", "star", "arrow")

    def __init__(self, root=None, train=True, transform=None, target_transform=None, size=10000, seed=0):
        super().__init__(root, transform=transform, target_transform=target_transform)
        if size < 0 or seed < 0:
            raise ValueError(f"Shapes10: size and seed must not be negative, got size={size}, seed={seed}")
        self.train, self.seed = train, seed
        self.data, targets = np.empty((size, SIDE, SIDE, 3), np.uint8), np.empty(size, int)
        for start in range(0, size, BLOCK):
            sequence = np.random.SeedSequence(seed, spawn_key=(0 if train else 1, start // BLOCK))
            pictures, labels = draw(np.random.Generator(np.random.PCG64(sequence)), BLOCK)
            part = slice(start, start + BLOCK)
            self.data[part], targets[part] = pictures[: size - start], labels[: size - start]
        self.targets = targets.tolist()

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}\nSeed: {self.seed}"


def draw(random, n):
    """Draw n pictures (n, 32, 32, 3) uint8 and their class numbers (n,), all of them at once."""

    def uniform(low, high, *shape):
        return random.uniform(low, high, (n, *shape)).astype(np.float32)

    labels = random.permutation(np.arange(n) % len(SHAPES))  # (n,)

    # Where each pixel lies for the shape: right of its centre by x radii and below it by y radii.
    radius, angle = uniform(8, 12, 1, 1), np.radians(uniform(-30, 30, 1, 1))  # (n, 1, 1)
    centre_x = radius + uniform(0, 1, 1, 1) * (SIDE - 2 * radius)  # (n, 1, 1)
    centre_y = radius + uniform(0, 1, 1, 1) * (SIDE - 2 * radius)
    pixel = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)  # (32,), the middle of each pixel
    right, down = (pixel - centre_x) / radius, (pixel[:, None] - centre_y) / radius  # (n, 1, 32), (n, 32, 1)
    x = np.cos(angle) * right + np.sin(angle) * down  # (n, 32, 32)
    y = np.cos(angle) * down - np.sin(angle) * right

    ink = np.empty((n, SIDE, SIDE, 1), np.float32)
    for number, distance in enumerate(SHAPES.values()):
        mine = labels == number
        ink[mine, ..., 0] = np.clip(np.float32(0.5) - radius[mine] * distance(x[mine], y[mine]), 0, 1)

    # Colours: a dark background that fades in some direction; a shape 60 % or more of the way up from it.
    background = uniform(0, 0.3, 1, 1, 3)
    hue = uniform(0, 1, 1, 1, 3)
    hue /= hue.max(axis=-1, keepdims=True)
    colour = background + uniform(0.6, 1, 1, 1, 1) * hue * (1 - background)  # (n, 1, 1, 3)
    middle = pixel[:, None] / (SIDE / 2) - 1  # (32, 1), from -1 to 1
    fading = background + uniform(-0.06, 0.06, 1, 1, 3) * middle  # (n, 1, 32, 3), along x
    fading = fading + uniform(-0.06, 0.06, 1, 1, 3) * middle[:, None]  # (n, 32, 32, 3), and along y
    picture = fading + ink * (colour - fading)
    picture += random.standard_normal(picture.shape, np.float32) * uniform(0.01, 0.05, 1, 1, 1)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8), labels


# ------------------------------------------------------------------------------------------------ shapes
# d(x, y) for arrays of coordinates, x to the right, y down, in radii from the centre. Two shapes together are the
# minimum of their distances; what two shapes share is the maximum; and -d is the outside of d.


def circle(x, y):
    return np.hypot(x, y) - 0.85


def ring(x, y):
    return abs(np.hypot(x, y) - 0.72) - 0.23


def crescent(x, y):
    return np.maximum(np.hypot(x, y) - 0.95, 0.75 - np.hypot(x - 0.5, y))  # a disc without another disc


def heart(x, y):
    """A square on its corner, and a disc on each of its two upper sides."""
    a, y = 0.52, y + 0.02
    p, q = (y + x) * 0.7071 - 0.18, (y - x) * 0.7071 - 0.18  # along the sides that meet in the lower corner
    square = np.maximum(abs(p), abs(q)) - a
    return np.minimum(square, np.minimum(np.hypot(p + a, q), np.hypot(p, q + a)) - a)


def triangle(x, y):
    return np.maximum(y - 0.5, abs(x) * 0.866 - y * 0.5 - 0.5)  # below two slopes, above the base


def square(x, y):
    return np.maximum(abs(x), abs(y)) - 0.74


def bar(x, y):
    return np.maximum(abs(x) - 1, abs(y) - 0.27)


def cross(x, y):
    x, y = abs(x), abs(y)
    return np.maximum(np.minimum(x, y) - 0.26, np.maximum(x, y) - 0.95)


def star(x, y):
    """Five tips at radius 1 with hollows at radius 0.42 between them."""
    sector = np.float32(np.pi / 5)  # from a tip to a hollow
    turn = abs((np.arctan2(x, -y) + sector) % (2 * sector) - sector)  # angle from the nearest tip: 0 to pi/5
    r = np.hypot(x, y)
    along, across = 0.42 * np.cos(sector) - 1, 0.42 * np.sin(sector)  # from the tip to the hollow
    length = np.hypot(along, across)
    return ((r * np.cos(turn) - 1) * across - r * np.sin(turn) * along) / length


def arrow(x, y):
    y = abs(y)
    shaft = np.maximum(abs(x + 0.35) - 0.6, y - 0.2)
    head = np.maximum(0.05 - x, (x + y - 0.95) * 0.7071)
    return np.minimum(shaft, head)


SHAPES = {shape.__name__: shape for shape in (circle, ring, crescent, heart, triangle, square, bar, cross, star, arrow)}
