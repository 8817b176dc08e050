"""What a trained network sees in pictures of any size."""

import numpy as np

from .. import nn, no_grad
from ..serialization import load
from .checkpoint import recipe_of, scale_of
from .data import Pictures
from .recipe import make_net

__all__ = ["classify"]


def classify(checkpoint, paths):
    """Yield (path, class, probability) for each picture; the checkpoint may come from either backend.

    A picture is brought to 32 x 32 pixels first. Raises OSError or RuntimeError for what cannot be read.

    >>> from minitorch_edu.models import cifar_quick
    >>> from minitorch_edu.training.predict import classify
    >>> _ = torch.manual_seed(0)
    >>> torch.save({"net": cifar_quick(nn).state_dict(), "classes": datasets.Shapes10.classes}, "untrained.pt")
    >>> Image.new("RGB", (40, 30)).save("black.png")
    >>> [(path, name, round(probability, 2)) for path, name, probability in classify("untrained.pt", ["black.png"])]
    [('black.png', 'heart', 0.11)]
    """
    from PIL import Image, UnidentifiedImageError

    import minitorch_edu

    saved = load(checkpoint)
    if not isinstance(saved, dict) or not {"net", "classes"} <= saved.keys():
        raise RuntimeError(f"predict: {checkpoint} holds no network of `train` (keys 'net' and 'classes')")
    net = make_net(recipe_of(saved), nn)
    net.load_state_dict(saved["net"])
    net.eval()
    for path in paths:
        try:
            picture = Image.open(path).convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)
        except UnidentifiedImageError:
            raise RuntimeError(f"predict: {path} is not a picture that Pillow can read") from None
        batch, _ = Pictures(minitorch_edu, np.asarray(picture)[None], [0], *scale_of(saved)).__getitems__([0])
        with no_grad():
            probabilities = nn.functional.softmax(net(batch)[0], dim=0)  # (classes,)
        best = probabilities.argmax().item()
        yield path, saved["classes"][best], probabilities[best].item()
