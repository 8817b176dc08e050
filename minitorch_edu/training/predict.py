"""What a trained network sees in pictures of any size."""

import math

import numpy as np

from .. import nn, no_grad
from ..serialization import load
from .checkpoint import latest, recipe_of, scale_of
from .data import Pictures
from .recipe import make_net

__all__ = ["bars", "classify", "draw_chart", "load_net"]


def load_net(checkpoint):
    """(net, saved): the network of a checkpoint of either backend, ready to be asked, and all that the file holds.

    checkpoint: a file, or a run's folder, of which the last one is taken. Raises OSError or RuntimeError for a file
    that is not a checkpoint.

    >>> from minitorch_edu.models import cifar_quick
    >>> from minitorch_edu.training.predict import load_net
    >>> torch.save({"net": cifar_quick(nn).state_dict(), "classes": datasets.Shapes10.classes}, "untrained.pt")
    >>> net, saved = load_net("untrained.pt")
    >>> net.training, saved["classes"][:3]
    (False, ('circle', 'ring', 'crescent'))
    """
    saved = load(latest(checkpoint))
    if not isinstance(saved, dict) or not {"net", "classes"} <= saved.keys():
        raise RuntimeError(f"{checkpoint} holds no network of `train` (keys 'net' and 'classes')")
    net = make_net(recipe_of(saved), nn)
    net.load_state_dict(saved["net"])
    return net.eval(), saved


def classify(checkpoint, paths, top=5):
    """Yield (path, [(class, probability), ...]) for each picture, the `top` most probable classes first.

    A picture is brought to 32 x 32 pixels first. Raises OSError or RuntimeError for what cannot be read.

    >>> from minitorch_edu.models import cifar_quick
    >>> from minitorch_edu.training.predict import classify
    >>> _ = torch.manual_seed(0)
    >>> torch.save({"net": cifar_quick(nn).state_dict(), "classes": datasets.Shapes10.classes}, "untrained.pt")
    >>> Image.new("RGB", (40, 30)).save("black.png")
    >>> [(path, best)] = classify("untrained.pt", ["black.png"], top=2)
    >>> path, [(name, round(probability, 3)) for name, probability in best]
    ('black.png', [('heart', 0.106), ('circle', 0.105)])
    """
    import minitorch_edu

    net, saved = load_net(checkpoint)
    for path in paths:
        pictures = Pictures(minitorch_edu, np.asarray(_open(path))[None], [0], *scale_of(saved))
        batch, _ = pictures.__getitems__([0])
        with no_grad():
            probabilities = nn.functional.softmax(net(batch)[0], dim=0).tolist()  # a number for each class
        yield path, sorted(zip(saved["classes"], probabilities), key=lambda pair: -pair[1])[:top]


def _open(path):
    """The picture as the network gets it; RuntimeError if it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(path)
        if picture.mode.startswith("I;16"):  # grey in 16 bits, of which Pillow's convert keeps no more than 255
            picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
        return picture.convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)
    except UnidentifiedImageError:
        raise RuntimeError(f"{path} is not a picture that Pillow can read") from None
    except FileNotFoundError:  # which names the file itself
        raise
    except (OSError, Image.DecompressionBombError) as error:
        raise RuntimeError(f"{path}: {error}") from None


def bars(best, block="█", width=40):
    """What `classify` gives for a picture as lines of text: a bar for each class, `width` blocks for a certain one.

    >>> from minitorch_edu.training.predict import bars
    >>> print("\\n".join(bars([("heart", 0.75), ("disk", 0.25)], block="#", width=20)))
      heart  75.0% ###############
      disk   25.0% #####
    """
    longest = max(len(name) for name, _ in best)
    for name, probability in best:
        filled = 0 if math.isnan(probability) else round(width * probability)
        yield f"  {name:{longest}} {probability:>6.1%} {block * filled}".rstrip()


def draw_chart(results):
    """What `classify` gives for several pictures as a figure: each picture as the network gets it, its bars beside it.

    >>> from minitorch_edu.training.predict import draw_chart
    >>> Image.new("RGB", (40, 30)).save("black.png")
    >>> figure = draw_chart([("black.png", [("heart", 0.75), ("disk", 0.25)])])
    >>> [float(bar.get_width()) for bar in figure.axes[1].patches]
    [0.75, 0.25]
    """
    from matplotlib.figure import Figure

    columns = math.ceil(math.sqrt(len(results) / 3))  # of pictures; a column is 5 inches wide, a row 1.6 high
    rows = -(-len(results) // columns)
    figure = Figure(figsize=(5 * columns, 1.6 * rows), layout="constrained")
    grid = figure.subplots(rows, 2 * columns, squeeze=False, width_ratios=[1, 2] * columns).reshape(-1, 2)
    for axes in grid.flat:
        axes.set_axis_off()
    for (picture, chart), (path, best) in zip(grid, results):
        picture.imshow(_open(path))
        names, probabilities = zip(*best)
        chart.set_axis_on()
        chart.barh(names, probabilities, color=["skyblue"] + ["lightgrey"] * (len(best) - 1))
        for name, probability in best:
            chart.text(0.01, name, f"{probability:.1%}", va="center", fontsize=8)
        chart.set(xlim=(0, 1), xticks=[])
        chart.invert_yaxis()  # the most probable at the top
    return figure
