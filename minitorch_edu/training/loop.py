"""The training loop. `torch` is a parameter: minitorch_edu, or torch itself. Nothing else differs between the two."""

import os
import time

from ..models import cifar_quick
from .data import Pictures
from .report import History

__all__ = ["evaluate", "fit", "steps"]


def steps(torch, net, loader, optimizer):
    """Train for one epoch; yields (loss, hits, pictures) of every step.

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
        scores = net(pictures)  # (N, classes)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
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


def _mean(results, bar=None):
    """The loss and the accuracy as means over the pictures; shown on the bar as they come in."""
    loss = hits = count = 0
    for batch_loss, batch_hits, n in results:
        loss, hits, count = loss + batch_loss * n, hits + batch_hits, count + n
        if bar is not None:
            bar.set_postfix(loss=f"{loss / count:.4f}", accuracy=f"{hits / count:.2%}", refresh=False)
            bar.update(n)
    return loss / count, hits / count


def fit(torch, recipe, train_set, test_set, seed=0, out=None):
    """Train the tutorial's network from a seed; returns (net, history).

    After each epoch the folder `out` has a new row in history.csv, a new curves.png and a checkpoint epoch-NN.pt.

    >>> from minitorch_edu.training.loop import fit
    >>> from minitorch_edu.training.recipe import Recipe
    >>> shapes = datasets.Shapes10(size=10)
    >>> net, history = fit(torch, Recipe(epochs=1), shapes, shapes)  # doctest: +ELLIPSIS
    epoch 1: test loss 2.30..., test accuracy ...%, ... s of training
    >>> len(history.rows)
    1
    """
    from tqdm import tqdm

    torch.manual_seed(seed)
    net = cifar_quick(torch.nn)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay
    )
    train_loader = Pictures(torch, train_set.data, train_set.targets).loader(recipe.batch_size, shuffle=True)
    test_loader = Pictures(torch, test_set.data, test_set.targets).loader(recipe.batch_size)
    history = History(out)
    for epoch in range(1, recipe.epochs + 1):
        start = time.perf_counter()
        with tqdm(total=len(train_set), desc=f"epoch {epoch}/{recipe.epochs}", unit=" pictures") as bar:
            train_loss, train_accuracy = _mean(steps(torch, net, train_loader, optimizer), bar)
        seconds = time.perf_counter() - start
        test_loss, test_accuracy = _mean(evaluate(torch, net, test_loader))
        print(
            f"epoch {epoch}: test loss {test_loss:.4f}, test accuracy {test_accuracy:.2%}, {seconds:.1f} s of training"
        )
        history.add(epoch, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
        if out is not None:
            checkpoint = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch,
                          "seed": seed, "classes": list(train_set.classes)}  # fmt: skip
            save(torch, checkpoint, os.path.join(out, f"epoch-{epoch:02}.pt"))
    return net, history


def save(torch, checkpoint, path):
    """Write a checkpoint so that the file is either whole or not there."""
    partial = f"{path}.part"
    try:
        torch.save(checkpoint, partial)
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
