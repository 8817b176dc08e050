"""What a run leaves behind at its end, to look at: how the network errs, and what its first layer looks for.

    confusion.png    how many pictures of each class were taken for each
    mistakes.png     the worst mistakes: the picture, what it is, what the network saw
    filters.png      the weights of the first convolution, each filter as a small picture

What is drawn is computed first, by functions of its own: `predictions`, `confusion_matrix`, `worst_mistakes`,
`filter_images`.
"""

import os

import numpy as np

from .report import save_figure

__all__ = ["confusion_matrix", "draw_confusion", "draw_filters", "draw_mistakes", "filter_images", "leave_pictures",
           "predictions", "worst_mistakes"]  # fmt: skip


def leave_pictures(torch, net, loader, test_set, out):
    """Write the three pictures into the folder `out`. loader: the batches of test_set, in its order.

    >>> import os
    >>> from minitorch_edu.models import cifar_quick
    >>> from minitorch_edu.training.data import Pictures
    >>> from minitorch_edu.training.pictures import leave_pictures
    >>> shapes = datasets.Shapes10(size=20)
    >>> leave_pictures(torch, cifar_quick(nn), Pictures(torch, shapes.data, shapes.targets).loader(8), shapes, ".")
    >>> sorted(os.listdir())
    ['confusion.png', 'filters.png', 'mistakes.png']
    """
    labels, scores = predictions(torch, net, loader)
    first = next(parameter for parameter in net.parameters() if parameter.ndim == 4)
    figures = {
        "confusion.png": draw_confusion(
            confusion_matrix(labels, scores.argmax(1), len(test_set.classes)), test_set.classes
        ),
        "mistakes.png": draw_mistakes(test_set.data, labels, scores, test_set.classes),
        "filters.png": draw_filters(filter_images(_array(first))),
    }
    for name, figure in figures.items():
        save_figure(figure, os.path.join(out, name))


def _array(tensor):
    """The numbers of a tensor of either library, of any precision and from any device."""
    return tensor.detach().float().cpu().numpy()


# ------------------------------------------------------------------------------------------------ what is drawn


def predictions(torch, net, loader):
    """(labels, scores): of every picture the class, and the logarithm of the probability that net gives each class.

    >>> from minitorch_edu.training.pictures import predictions
    >>> labels, scores = predictions(torch, nn.Identity(), [(torch.tensor([[3.0, 3.0]]), torch.tensor([1]))])
    >>> labels, np.exp(scores)
    (array([1]), array([[0.5, 0.5]], dtype=float32))
    """
    net.eval()
    labels, scores = [], []
    with torch.no_grad():
        for pictures, classes in loader:
            labels.append(classes.cpu().numpy())
            scores.append(_array(torch.nn.functional.log_softmax(net(pictures).float(), 1)))
    return np.concatenate(labels), np.concatenate(scores)  # (N,), (N, classes)


def confusion_matrix(labels, predicted, classes):
    """Counts (classes, classes): entry [i, j] is how many pictures of class i were taken for class j.

    >>> from minitorch_edu.training.pictures import confusion_matrix
    >>> confusion_matrix(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), classes=2)
    array([[2, 1],
           [0, 1]])
    """
    counts = np.bincount(np.asarray(labels) * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def worst_mistakes(labels, scores, count):
    """The numbers of up to `count` pictures that were taken for something else, the least probable truth first.

    >>> from minitorch_edu.training.pictures import worst_mistakes
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    >>> worst_mistakes(np.array([0, 0, 0]), np.log(probabilities), count=5)
    array([2, 1])
    """
    wrong = np.flatnonzero(scores.argmax(1) != labels)
    return wrong[np.argsort(scores[wrong, labels[wrong]], kind="stable")][:count]


def filter_images(weight):
    """The filters (N, 3, h, w) of a convolution as colours (N, h, w, 3) from 0 to 1; a weight of 0 is 0.5, grey.

    Each filter is stretched for itself, until its largest weight, up or down, is 1 or 0. An infinite one is seen as 0.

    >>> from minitorch_edu.training.pictures import filter_images
    >>> filter_images(np.array([0.0, 0.2, -0.4]).reshape(1, 3, 1, 1)).ravel()
    array([0.5 , 0.75, 0.  ])
    """
    weight = np.where(np.isfinite(weight), weight, 0).transpose(0, 2, 3, 1)
    largest = np.abs(weight).max((1, 2, 3), keepdims=True)
    return 0.5 + weight / (2 * np.where(largest > 0, largest, 1))


# ------------------------------------------------------------------------------------------------ drawing


def draw_confusion(counts, classes):
    """The confusion matrix as a figure, with its numbers; the darker, the larger the part of the row.

    >>> from minitorch_edu.training.pictures import draw_confusion
    >>> figure = draw_confusion(np.array([[3, 1], [0, 4]]), ["cat", "dog"])
    >>> figure.axes[0].get_title()
    '7 of 8 are right (87.50%)'
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 7))
    axes = figure.add_axes((0.16, 0.16, 0.8, 0.78))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        color = "white" if shares[i, j] > 0.5 else "black" if count else "lightgrey"
        axes.text(j, i, count, ha="center", va="center", color=color)
    places, right, all = range(len(classes)), np.trace(counts), counts.sum()
    axes.set_xticks(places, classes, rotation=45, ha="right")
    axes.set_yticks(places, classes)
    axes.set(xlabel="taken for", ylabel="is", title=f"{right} of {all} are right ({right / all:.2%})")
    return figure


def draw_mistakes(images, labels, scores, classes, count=24):
    """The worst mistakes as a figure; images: the pictures (N, H, W, 3), uint8.

    >>> from minitorch_edu.training.pictures import draw_mistakes
    >>> scores = np.log([[0.25, 0.75]])
    >>> figure = draw_mistakes(np.zeros((1, 8, 8, 3), np.uint8), np.array([0]), scores, ["cat", "dog"])
    >>> print(figure.axes[0].texts[0].get_text())
    cat (25.0%)
    seen: dog (75.0%)
    """
    worst = worst_mistakes(labels, scores, count)
    words = [
        "\nseen: ".join(f"{classes[c]} ({np.exp(scores[i, c]):.1%})" for c in (labels[i], scores[i].argmax()))
        for i in worst
    ]
    said = "the worst mistakes: what it is, what was seen, and how probable each was"
    return _sheet(said if len(worst) else "there are no mistakes", images[worst] / 255, 6, words)


def draw_filters(colours):
    """Filters, from `filter_images`, as a figure, 8 in a row.

    >>> from minitorch_edu.training.pictures import draw_filters
    >>> figure = draw_filters(np.zeros((32, 5, 5, 3)))
    >>> len(figure.axes[0].images)
    32
    """
    return _sheet("the filters of the first layer; grey is 0", colours, 8)


def _sheet(title, images, columns, words=None):
    """Images (N, H, W, 3) in rows, as a figure, each with its words above it."""
    from matplotlib.figure import Figure

    rows = max(-(-len(images) // columns), 1)
    width, height = 1.1, 1.5 if words else 1.1  # of an image with what is around it
    across, down = columns * width, rows * height
    figure = Figure(figsize=(9, 9 * down / across + 0.4))
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.94))
    for i, image in enumerate(images):
        left, top = i % columns * width, i // columns * height
        axes.imshow(image, extent=(left, left + 1, top + 1, top), interpolation="nearest")
        if words:
            axes.text(left, top - 0.05, words[i], fontsize=7)
    axes.set(title=title, xlim=(0, across), ylim=(1 + down - height, 1 - height))
    axes.set_axis_off()
    return figure
