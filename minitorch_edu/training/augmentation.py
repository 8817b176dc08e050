"""Pictures as they are seen only once: moved a little, and half of them in a mirror; a whole batch at a time.

What is drawn comes from the library's own generator, so that one seed gives the same pictures in both libraries.
"""

__all__ = ["augment", "draw"]


def draw(torch, count, flips, shift):
    """Draw (mirrored, moved) for so many pictures: bool (N, 1), and int64 (2, N, 1), pixels downwards and to the right.

    flips: draw who is mirrored, with probability 1/2. shift: draw from -shift to shift. Nothing is drawn for False, 0.

    >>> from minitorch_edu.training.augmentation import draw
    >>> _ = torch.manual_seed(0)
    >>> mirrored, moved = draw(torch, 3, flips=True, shift=2)
    >>> mirrored.flatten(), moved.flatten(1)
    (tensor([ True, False,  True]), tensor([[ 2,  2,  1],
            [-2,  1,  2]]))
    """
    nowhere = torch.zeros((2, count, 1), dtype=torch.int64)
    moved = torch.randint(-shift, shift + 1, (2, count, 1)) if shift else nowhere
    mirrored = torch.rand(count, 1) < 0.5 if flips else nowhere[0] != 0
    return mirrored, moved


def augment(torch, pictures, mirrored, moved):
    """Move pictures (N, C, H, W), then mirror them, as `draw` says. Reflections fill what is laid bare at the edges.

    >>> from minitorch_edu.training.augmentation import augment
    >>> picture = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> mirrored, moved = torch.tensor([[True]]), torch.tensor([[[1]], [[0]]])
    >>> augment(torch, picture, mirrored, moved)[0, 0]
    tensor([[5., 4., 3.],
            [2., 1., 0.],
            [5., 4., 3.]])
    """
    count, _, height, width = pictures.shape
    mirrored, moved = mirrored.to(pictures.device), moved.to(pictures.device)
    places = torch.arange(max(count, height, width), device=pictures.device)
    rows = _reflected(places[:height] - moved[0], height - 1)  # (N, H): where each row comes from
    columns = _reflected(places[:width] - moved[1], width - 1)  # (N, W)
    columns = torch.where(mirrored, columns.flip(1), columns)
    seen = pictures[places[:count, None, None], :, rows[:, :, None], columns[:, None, :]]  # (N, H, W, C)
    return seen.permute(0, 3, 1, 2)


def _reflected(places, last):
    """Places before 0 and after `last`, folded back inside: -1 is 1, last + 1 is last - 1."""
    return last - (last - places.abs()).abs()
