"""Worker processes that load batches for a DataLoader.

                   tasks (epoch, number, indices)                   results (epoch, number, pickled batch)
    this process  -- a queue for each worker -->  worker process  -- a pipe from each worker -->  this process

W workers take the tasks in turn: worker i those numbered i, i + W, i + 2W, ... A batch that is ready too early waits.
Nothing that could be locked is shared, and only the worker can write to its pipe: if it dies, be it in the middle of a
batch, reading ends at once instead of waiting for ever.

Twin:  torch.utils.data (DataLoader with num_workers > 0)
"""

import contextlib
import itertools
import multiprocessing
import os
import pickle
import queue
import random
import threading
import time
import traceback
import warnings
import weakref
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler

import numpy as np

from ...random import manual_seed
from ...threads import set_num_threads
from .dataloader import Epoch, load_function
from .dataset import IterableDataset, WorkerInfo

__all__ = ["WorkerIterator"]

PATIENCE = 1.0  # seconds after which a worker that waits looks whether the parent process still lives
FAREWELL = 5.0  # seconds in which a worker that was told to end must have ended

NOT_PICKLED = (
    "Got pickle error when attempting to start a worker Process. This might be because the worker Process arguments "
    "are not picklable. Python 3.14+ changed the multiprocessing start method in non-Mac POSIX platforms to "
    "'forkserver', which requires the worker Process arguments to be picklable. You can also try "
    "multiprocessing.set_start_method('fork')."
)


# ----------------------------------------------------------------------------------------------- in a worker process


def work(tasks, results, over, luggage, base_seed, worker, workers):
    """Load the batches that are asked for until the task None comes, or the parent process is gone."""
    loading, init_fn = luggage.content
    WorkerInfo.current = info = WorkerInfo(worker, workers, base_seed + worker, loading[0])
    set_num_threads(1)  # the workers themselves share the cores
    random.seed(info.seed)
    manual_seed(info.seed)
    # From the same seed, NumPy's generator would draw the same words as ours: give it a hash of the seed.
    np.random.seed(np.random.SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32]).generate_state(4))
    outbox = queue.SimpleQueue()
    threading.Thread(target=deliver, args=(outbox, results), daemon=True).start()

    current = load = failure = None
    with contextlib.suppress(KeyboardInterrupt):  # the parent gets it as well, and then tells the workers to end
        try:
            if init_fn is not None:
                init_fn(worker)
        except Exception as error:
            failure = Failure(error, worker)
        parent = multiprocessing.parent_process()
        while parent.is_alive():
            try:
                task = tasks.get(timeout=PATIENCE)
            except queue.Empty:
                continue
            if task is None:
                break
            if over.value:
                continue
            epoch, number, index = task
            if epoch != current:
                current, load = epoch, None
            try:
                load = load or load_function(*loading)
                answer = failure or load(index)
                answer, failure = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL), None
            except Exception as error:
                ended = isinstance(error, StopIteration) and isinstance(loading[0], IterableDataset)
                answer = pickle.dumps(Exhausted() if ended else Failure(error, worker))
            outbox.put((epoch, number, answer))


def deliver(outbox, results):
    """Send what is ready while the next batch is loaded; what is left when the worker ends, nobody wants to read."""
    with contextlib.suppress(OSError):  # the other side has closed the pipe
        while True:
            results.send(outbox.get())


class Exhausted:
    """In place of a batch: this worker's share of the IterableDataset is used up."""


class Failure:
    """In place of a batch: the exception that loading it raised, with its traceback as text."""

    def __init__(self, error, worker):
        self.text = (
            f"Caught {type(error).__name__} in DataLoader worker process {worker}.\n"
            f"Original {''.join(traceback.format_exception(type(error), error, error.__traceback__))}"
        )
        self.kind = type(error)
        try:
            pickle.dumps(self.kind)
        except Exception:  # a class that only the worker knows
            self.kind = RuntimeError

    def exception(self):
        """The same kind of exception if one can be made of a text alone, else a RuntimeError."""
        try:
            return self.kind(_Verbatim(self.text) if self.kind is KeyError else self.text)
        except Exception:
            return RuntimeError(self.text)


class _Verbatim(str):
    def __repr__(self):  # KeyError shows its text by repr, which would put the traceback on one line
        return str(self)


# ------------------------------------------------------------------------------------ in the process of the DataLoader


class Luggage:
    """What a new process gets to work with, be it large: a fork has it, and other processes fetch it through a pipe.

    As a plain argument it would make `Process.start` wait for ever if the process ends before it has read all of it, as
    it does when the script has no `if __name__ == "__main__":` and the process starts processes of its own.
    """

    def __init__(self, *content):
        self.content, self.outlet = content, None

    def __reduce__(self):  # called by the start methods that pickle a process's arguments
        content = ForkingPickler.dumps(self.content)
        self.outlet, inlet = multiprocessing.Pipe(duplex=False)
        threading.Thread(target=_send, args=(inlet, content), daemon=True).start()
        return _fetch, (self.outlet,)

    def close(self):
        """To be called when the new process has its own end of the pipe."""
        if self.outlet is not None:
            self.outlet.close()


def _send(inlet, content):
    with contextlib.suppress(OSError), inlet:  # it has ended without reading
        inlet.send_bytes(content)


def _fetch(outlet):
    with outlet:
        return Luggage(*ForkingPickler.loads(outlet.recv_bytes()))


class WorkerIterator(Epoch):
    """The batches of one epoch (with persistent workers, of one after another), loaded by worker processes."""

    def __init__(self, loader):
        super().__init__(loader)
        self.workers, self.timeout, self.in_order = loader.num_workers, loader.timeout, loader.in_order
        self.prefetch, self.persistent = loader.prefetch_factor, loader.persistent_workers
        context = loader.multiprocessing_context or multiprocessing
        over = context.RawValue("b", 0)  # 1: what is still to be loaded is no longer wanted
        self.processes, self.tasks, self.results = [], [], []
        self.stop = weakref.finalize(self, _stop, os.getpid(), self.processes, self.tasks, self.results, over)
        self.stop.atexit = False  # daemons: Python itself ends those that are left when it exits
        for worker in range(self.workers):
            tasks, (results, end_of_worker) = context.Queue(), context.Pipe(duplex=False)
            tasks.cancel_join_thread()  # Python must not wait at its exit until all tasks are taken
            luggage = Luggage(self.loading, loader.worker_init_fn)
            arguments = (tasks, end_of_worker, over, luggage, self.base_seed, worker, self.workers)
            process = context.Process(target=work, args=arguments, daemon=True)
            try:
                process.start()
            except (TypeError, AttributeError, pickle.PicklingError):
                warnings.warn(NOT_PICKLED, stacklevel=3)
                raise
            luggage.close()
            end_of_worker.close()
            self.processes.append(process)
            self.tasks.append(tasks)
            self.results.append(results)
        self.epoch = 0
        self.start_epoch(loader)

    def start_epoch(self, loader):
        """Ask for the first batches of a new epoch; what is still on its way from the last one will be dropped."""
        self.restart(loader)  # for the first epoch the second time: torch, too, calls the sampler's __iter__ twice
        self.epoch += 1
        self.active = [True] * self.workers  # False: its share of an IterableDataset is used up
        self.turns = itertools.cycle(range(self.workers))
        self.asked = self.due = 0  # the numbers of the next task to give out, and of the next batch to return
        self.waiting = {}  # number of a task -> the worker that has it
        self.ready = {}  # number of a task -> its batch, until it is due
        for _ in range(self.prefetch * self.workers):
            self.ask()

    def ask(self):
        """Give the next indices to the worker whose turn it is; nothing if there are no more."""
        index = next(self.indices, self)
        if index is self or not any(self.active):
            return
        if self.in_order:
            worker = next(worker for worker in self.turns if self.active[worker])
        else:  # whoever has the least to do
            busy = list(self.waiting.values())
            worker = min((w for w in range(self.workers) if self.active[w]), key=busy.count)
        self.tasks[worker].put((self.epoch, self.asked, index))
        self.waiting[self.asked] = worker
        self.asked += 1

    def next_batch(self):
        while self.ready or any(self.active[worker] for worker in self.waiting.values()):
            if not self.in_order and self.ready:
                self.due = next(iter(self.ready))
            if self.due in self.ready:
                batch = self.ready.pop(self.due)
                self.due += 1
                self.ask()
                if isinstance(batch, Failure):
                    raise batch.exception()
                return batch
            if self.in_order and not self.active[self.waiting.get(self.due, 0)]:
                self.due += 1  # asked of a worker that had nothing left
            else:
                self.receive()
        if not self.persistent:
            self.stop()
        raise StopIteration

    def receive(self):
        """Wait for results, and take one of each worker that has some; RuntimeError if a worker died or time is up."""
        pipes = wait(self.results, self.timeout or None)
        if not pipes:
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        for pipe in pipes:
            worker = self.results.index(pipe)
            try:
                epoch, number, answer = pipe.recv()
            except (EOFError, OSError):
                process = self.processes[worker]
                process.join()
                raise RuntimeError(
                    f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly with exit code {process.exitcode}"
                ) from None
            if epoch != self.epoch:
                continue
            del self.waiting[number]
            try:
                batch = pickle.loads(answer)
            except Exception as error:
                batch = Failure(error, worker)
            if isinstance(batch, Exhausted):
                self.active[worker] = False
                self.ask()
            else:
                self.ready[number] = batch


def _stop(owner, processes, tasks, results, over):
    """End the processes: those that do not go by themselves are killed."""
    if os.getpid() != owner:  # in a copy of the iterator that a fork made
        return
    over.value = 1
    for queue_of_tasks in tasks:
        queue_of_tasks.put(None)
    deadline = time.monotonic() + FAREWELL
    for process in processes:
        process.join(max(0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()
    for each in (*tasks, *results):
        each.close()
