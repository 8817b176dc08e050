"""What a run leaves behind after every epoch, besides its checkpoints: history.csv and curves.png."""

import csv
import os

__all__ = ["COLUMNS", "History", "save_figure", "write_whole"]

COLUMNS = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")


def write_whole(path, write):
    """Let write(path) make a file beside the old one, then take its place: it is never there in part.

    OSError names `path`, whatever the name of the file beside it.

    >>> from pathlib import Path
    >>> from minitorch_edu.training.report import write_whole
    >>> write_whole("note.txt", lambda path: Path(path).write_text("3 epochs"))
    >>> Path("note.txt").read_text()
    '3 epochs'
    """
    folder, name = os.path.split(path)
    partial = os.path.join(folder, f".{name}")
    try:
        write(partial)
        os.replace(partial, path)
    except OSError as error:
        if error.filename in (partial, None):  # None: the disk is full
            error.filename = os.fspath(path)
        raise
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def save_figure(figure, path):
    """Write a matplotlib figure as a PNG file.

    >>> from matplotlib.figure import Figure
    >>> from minitorch_edu.training.report import save_figure
    >>> save_figure(Figure(figsize=(3, 2)), "empty.png")  # inches, of 120 pixels each
    >>> Image.open("empty.png").size
    (360, 240)
    """
    write_whole(path, lambda partial: figure.savefig(partial, format="png", dpi=120))


class History:
    """The numbers of every epoch, one row each; write() leaves them in the folder `out`, if there is one.

    >>> from minitorch_edu.training.report import History
    >>> history = History()  # History("runs/first") writes runs/first/history.csv and curves.png
    >>> history.add(1, 2.3, 0.1, 2.0, 0.25, 60.0)
    >>> history.rows
    [{'epoch': 1, 'train_loss': 2.3, 'train_accuracy': 0.1, 'test_loss': 2.0, 'test_accuracy': 0.25, 'seconds': 60.0}]
    """

    def __init__(self, out=None):
        self.rows, self.out = [], out
        if out is not None:
            os.makedirs(out, exist_ok=True)

    def add(self, *row):
        """Add a row; see COLUMNS."""
        self.rows.append(dict(zip(COLUMNS, row)))

    def write(self):
        """Write both files anew."""
        if self.out is not None:
            write_whole(os.path.join(self.out, "history.csv"), self._csv)
            save_figure(self._curves(), os.path.join(self.out, "curves.png"))

    def _csv(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)

    def _curves(self):
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
        return figure
