"""What TensorBoard shows of a run: the losses, the network, and how its weights are distributed."""

import math

import numpy as np

from .. import zeros
from ..utils.tensorboard import SummaryWriter
from ..utils.tensorboard.summary import DEFAULT_BINS

__all__ = ["Board"]


class Board:
    """Writes into a folder, for TensorBoard, what happens during training, with either library.

    loss/step, accuracy/step       over the steps
    loss/train, loss/test, ...     over the epochs, as in history.csv
    the names of the parameters    their histograms, over the epochs
    the graph                      of `twin`, the network built from minitorch_edu.nn

    >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    >>> from minitorch_edu.training.board import Board
    >>> with Board("first", twin=nn.Sequential(nn.Conv2d(3, 2, 32))) as board:
    ...     results = list(board.steps([(0.5, 3, 4), (0.25, 4, 4)], batch_size=4))
    >>> results
    [(0.5, 3, 4), (0.25, 4, 4)]
    >>> [(event.step, event.value) for event in EventAccumulator("first").Reload().Scalars("loss/step")]
    [(1, 0.5), (2, 0.25)]
    """

    def __init__(self, folder, twin):
        self.writer = SummaryWriter(folder)
        self.writer.add_graph(twin, zeros(1, 3, 32, 32))

    def steps(self, results, batch_size, done=0):
        """Pass on (loss, hits, pictures) of one step or several, and write them down. done: the steps before."""
        for loss, hits, pictures in results:
            step = done = done + math.ceil(pictures / batch_size)
            self.writer.add_scalar("loss/step", loss, step)
            self.writer.add_scalar("accuracy/step", hits / pictures, step)
            yield loss, hits, pictures

    def end_epoch(self, net, row):
        """Write down an epoch. row: of the History."""
        for part in ("train", "test"):
            for what in ("loss", "accuracy"):
                self.writer.add_scalar(f"{what}/{part}", row[f"{part}_{what}"], row["epoch"])
        for name, parameter in net.named_parameters():
            values = parameter.detach().float().cpu().numpy()
            values = values[np.abs(values) <= DEFAULT_BINS[-1]]  # others, and nan, have no place in a histogram
            if values.size:
                self.writer.add_histogram(name, values, row["epoch"])
        self.writer.flush()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.writer.close()
