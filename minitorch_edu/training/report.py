"""What a run leaves behind besides its checkpoints: history.csv and curves.png."""

import csv
import os

__all__ = ["COLUMNS", "History"]

COLUMNS = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")


class History:
    """The numbers of every epoch, one row each; written to the folder `out` (if there is one) as they come.

    >>> from minitorch_edu.training.report import History
    >>> history = History()  # History("runs/first") writes runs/first/history.csv and curves.png too
    >>> history.add(1, 2.3, 0.1, 2.0, 0.25, 60.0)
    >>> history.rows
    [{'epoch': 1, 'train_loss': 2.3, 'train_accuracy': 0.1, 'test_loss': 2.0, 'test_accuracy': 0.25, 'seconds': 60.0}]
    """

    def __init__(self, out=None):
        self.rows, self.out = [], out
        if out is not None:
            os.makedirs(out, exist_ok=True)

    def add(self, *row):
        """Add a row (see COLUMNS) and write both files anew."""
        self.rows.append(dict(zip(COLUMNS, row)))
        if self.out is not None:
            self._write("history.csv", self._csv)
            self._write("curves.png", self._curves)

    def _write(self, name, write):
        """Let `write` make a file beside the old one, then take its place."""
        partial = os.path.join(self.out, f".{name}")
        try:
            write(partial)
            os.replace(partial, os.path.join(self.out, name))
        finally:
            if os.path.exists(partial):
                os.remove(partial)

    def _csv(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)

    def _curves(self, path):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 4), layout="constrained")
        epochs = [row["epoch"] for row in self.rows]
        for axes, what in zip(figure.subplots(1, 2), ("loss", "accuracy")):
            for part in ("train", "test"):
                axes.plot(epochs, [row[f"{part}_{what}"] for row in self.rows], marker=".", label=part)
            axes.set(xlabel="epoch", title=what)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.legend()
        figure.savefig(path, format="png", dpi=120)
