"""The training loop. `torch` is a parameter: minitorch_edu, or torch itself. Nothing else differs between the two."""

import contextlib
import itertools
import os
import signal
import sys
import threading
import time

from .augmentation import augment, draw
from .checkpoint import NOTHING, STOPPED, Training, added, means, save
from .pictures import leave_pictures
from .recipe import RECIPES, make_net
from .report import History

__all__ = ["Stopped", "Training", "evaluate", "fit", "steps", "stops", "train_epoch"]


def steps(torch, net, loader, optimizer, scheduler=None, recipe=RECIPES["tutorial"]):
    """Train on the batches of a loader; yields (loss, hits, pictures) of every step.

    scheduler: what sets the learning rates, once a step. recipe: says how pictures are augmented and labels smoothed.

    >>> from minitorch_edu.training.loop import steps
    >>> _ = torch.manual_seed(0)
    >>> batch = torch.tensor([[0.0], [1.0]]), torch.tensor([0, 1])
    >>> net = nn.Linear(1, 2)
    >>> for loss, hits, pictures in steps(torch, net, [batch] * 3, optim.SGD(net.parameters(), lr=2.0)):
    ...     print(round(loss, 3), hits, pictures)
    0.582 1 2
    0.445 2 2
    0.353 2 2
    """
    net.train()
    for pictures, labels in loader:
        if recipe.flips or recipe.shift:
            pictures = augment(torch, pictures, *draw(torch, len(labels), recipe.flips, recipe.shift))
        scores = net(pictures)  # (N, classes)
        loss = torch.nn.functional.cross_entropy(scores, labels, label_smoothing=recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        yield loss.item(), (scores.argmax(1) == labels).sum().item(), len(labels)


def evaluate(torch, net, loader):
    """Run the network over a data set without training; yields (loss, hits, pictures) of every batch.

    >>> from minitorch_edu.training.loop import evaluate
    >>> batch = torch.tensor([[3.0, 0.0], [0.0, 3.0]]), torch.tensor([0, 0])  # the second is wrong
    >>> [(loss, hits, pictures)] = evaluate(torch, nn.Identity(), [batch])
    >>> round(loss, 3), hits, pictures
    (1.549, 1, 2)
    """
    net.eval()
    with torch.no_grad():
        for pictures, labels in loader:
            scores = net(pictures)
            loss = torch.nn.functional.cross_entropy(scores, labels)
            yield loss.item(), (scores.argmax(1) == labels).sum().item(), len(labels)


def train_epoch(training):
    """The steps of what is left of a training's epoch: yields (loss, hits, pictures) of each.

    >>> from minitorch_edu.training.checkpoint import Training
    >>> from minitorch_edu.training.loop import train_epoch
    >>> from minitorch_edu.training.recipe import Recipe
    >>> training = Training(torch, Recipe(batch_size=4), datasets.Shapes10(size=10))
    >>> [pictures for loss, hits, pictures in train_epoch(training)]
    [4, 4, 2]
    """
    batches = training.batches()
    return steps(training.torch, training.net, batches, training.optimizer, training.scheduler, training.recipe)


def stops(asked):
    """Whether the training is to stop, `asked` being the event that Ctrl-C sets.

    >>> import threading
    >>> from minitorch_edu.training.loop import stops
    >>> stops(threading.Event())
    False
    """
    return asked.is_set()


class Stopped(KeyboardInterrupt):
    """Ctrl-C, after which the training can go on from the checkpoint `path`.

    >>> from minitorch_edu.training.loop import Stopped
    >>> Stopped("runs/first/stopped.pt").path
    'runs/first/stopped.pt'
    """

    def __init__(self, path):
        super().__init__(path)
        self.path = path


@contextlib.contextmanager
def _interruption():
    """An event that Ctrl-C sets, for somebody to look at between steps. The second Ctrl-C interrupts as ever."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield asked
        return

    def on_signal(number, frame):
        asked.set()
        signal.signal(signal.SIGINT, before)
        at_once = "; Ctrl-C once more: at once, without" if before is signal.default_int_handler else ""
        os.write(2, f"\nstopping after this step, with a checkpoint{at_once}\n".encode())  # print may be interrupted

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def fit(torch, recipe, train_set, test_set, seed=0, out=None, resume=None, notes=None, engine=None, board=None):
    """Train the recipe's network from a seed; returns (net, history).

    After each epoch the folder `out` has a new row in history.csv, a new curves.png and a checkpoint epoch-NN.pt; at
    the end, the pictures of `leave_pictures`. Ctrl-C lets the step end, writes the checkpoint stopped.pt there, and
    raises Stopped. resume: a checkpoint, from torch.load, to go on from, with the recipe and pictures it has. notes:
    what else a checkpoint shall hold. engine: what has Training, train_epoch, evaluate and stops in place of this
    module's; see training.fast. board: a Board, for TensorBoard.

    >>> from minitorch_edu.training.loop import fit
    >>> from minitorch_edu.training.recipe import Recipe
    >>> shapes = datasets.Shapes10(size=10)
    >>> net, history = fit(torch, Recipe(epochs=1), shapes, shapes)  # doctest: +ELLIPSIS
    epoch 1: test loss 2.30..., test accuracy ...%, ... s of training
    >>> len(history.rows)
    1
    """
    engine = engine or sys.modules[__name__]
    training, history = engine.Training(torch, recipe, train_set, seed), History(out)
    if resume is not None:
        training.load_state_dict(resume)
        history.rows = resume["history"]
    test_loader = training.pictures(test_set).loader(recipe.batch_size)

    def checkpoint():
        return {**training.state_dict(), "history": history.rows, "notes": notes or {}}

    with _interruption() if out is not None else contextlib.nullcontext(threading.Event()) as asked:
        while training.epoch < recipe.epochs:
            _train(training, asked, engine, board)
            trained, test = checkpoint(), NOTHING  # an evaluation that is interrupted begins anew: it draws too
            stopped = engine.stops(asked)
            if not stopped:
                with contextlib.closing(engine.evaluate(torch, training.net, test_loader)) as tested:
                    for result in itertools.takewhile(lambda _: not engine.stops(asked), tested):
                        test = added(test, *result)
                stopped = engine.stops(asked)
            if stopped:
                path = os.path.join(out or "", STOPPED)
                if out is not None:
                    save(torch, trained, path)
                raise Stopped(path)
            test_loss, test_accuracy = means(test)
            seconds = training.seconds
            history.add(training.epoch + 1, *means(training.sums), test_loss, test_accuracy, seconds)
            if board:
                board.end_epoch(training.net, history.rows[-1])
            training.end_epoch()
            print(
                f"epoch {training.epoch}: test loss {test_loss:.4f}, test accuracy {test_accuracy:.2%}, "
                f"{seconds:.1f} s of training"
            )
            if out is not None:  # the checkpoint first: if the disk is full, the run can go on from the one before
                save(torch, checkpoint(), os.path.join(out, f"epoch-{training.epoch:02}.pt"))
                with contextlib.suppress(FileNotFoundError):
                    os.remove(os.path.join(out, STOPPED))
                history.write()
        if out is not None:
            # Whatever device and precision the engine has: the network once more on the CPU, and batches there too.
            net = make_net(recipe, torch.nn)
            net.load_state_dict(training.state_dict()["net"])
            leave_pictures(torch, net, Training.pictures(training, test_set).loader(recipe.batch_size), test_set, out)
    return training.net, history


def _train(training, asked, engine, board):
    """Train for what is left of the epoch, or until somebody asked to stop."""
    from tqdm import tqdm

    pictures, title = len(training.loader.dataset), f"epoch {training.epoch + 1}/{training.recipe.epochs}"
    results = engine.train_epoch(training)
    if board:
        done = training.epoch * len(training.loader) + training.step
        results = board.steps(results, training.recipe.batch_size, done)
    with tqdm(total=pictures, initial=training.sums[2], desc=title, unit=" pictures") as bar:
        start, before = time.perf_counter(), training.seconds
        for result in results:
            training.count(*result)
            training.seconds = before + time.perf_counter() - start
            loss, accuracy = means(training.sums)
            bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.2%}", refresh=False)
            bar.update(result[-1])
            if engine.stops(asked):
                break
