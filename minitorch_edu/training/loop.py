"""The training loop. `torch` is a parameter: minitorch_edu, or torch itself. Nothing else differs between the two."""

import os
import time

from ..models import cifar_quick
from .data import Pictures
from .report import History

__all__ = ["evaluate", "fit", "steps"]


def steps(torch, net, loader, optimizer):
    """Train for one epoch; yields (loss, hits, pictures) of every step."""
    net.train()
    for pictures, labels in loader:
        scores = net(pictures)  # (N, classes)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item(), (scores.argmax(1) == labels).sum().item(), len(labels)


def evaluate(torch, net, loader):
    """Run the network over a data set without training; yields (loss, hits, pictures) of every batch."""
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
