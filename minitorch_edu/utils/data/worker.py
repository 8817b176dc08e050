"""Worker processes that load batches for a DataLoader.

                   tasks (epoch, number, indices)                     results (epoch, number, pickled batch)
    this process  -- one queue for each worker -->  worker processes  -- one queue for all -->  this process

W workers take the tasks in turn: worker i those numbered i, i + W, i + 2W, ... A batch that is ready too early waits.

Twin:  torch.utils.data (DataLoader with num_workers > 0)
"""

import itertools
import multiprocessing
import os
import pickle
import queue
import random
import time
import traceback
import weakref

import numpy as np

from ...random import manual_seed
from .dataloader import Epoch, load_function
from .dataset import IterableDataset, WorkerInfo

__all__ = ["WorkerIterator"]

PATIENCE = 1.0  # seconds after which somebody who waits looks whether the other side still lives
FAREWELL = 5.0  # seconds in which a worker that was told to end must have ended


# ----------------------------------------------------------------------------------------------- in a worker process


def work(tasks, results, over, loading, base_seed, init_fn, worker, workers):
    """Load the batches that are asked for until the task None comes, or the parent process is gone."""
    WorkerInfo.current = info = WorkerInfo(worker, workers, base_seed + worker, loading[0])
    random.seed(info.seed)
    manual_seed(info.seed)
    # From the same seed, NumPy's generator would draw the same words as ours: give it a hash of the seed.
    np.random.seed(np.random.SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32]).generate_state(4))
    results.cancel_join_thread()  # at the end nobody reads what has not been delivered

    current = load = failure = None
    try:
        if init_fn is not None:
            init_fn(worker)
    except Exception as error:
        failure = Failure(error, worker)
    parent = multiprocessing.parent_process()
    try:
        while parent.is_alive():
            try:
                task = tasks.get(timeout=PATIENCE)
            except queue.Empty:
                continue
            if task is None:
                break
            if over.is_set():
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
            results.put((epoch, number, answer))
    except KeyboardInterrupt:  # it interrupts the parent process as well, which then tells the workers to end
        pass


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


class WorkerIterator(Epoch):
    """The batches of one epoch (with persistent workers, of one after another), loaded by worker processes."""

    def __init__(self, loader):
        super().__init__(loader)
        self.workers, self.timeout, self.in_order = loader.num_workers, loader.timeout, loader.in_order
        self.prefetch, self.persistent = loader.prefetch_factor, loader.persistent_workers
        context = loader.multiprocessing_context or multiprocessing
        self.tasks = [context.Queue() for _ in range(self.workers)]
        self.results, over = context.Queue(), context.Event()
        self.processes = []
        self.stop = weakref.finalize(self, _stop, os.getpid(), self.processes, self.tasks, self.results, over)
        self.stop.atexit = False  # daemons: Python itself ends those that are left when it exits
        for worker, tasks in enumerate(self.tasks):
            arguments = (tasks, self.results, over, self.loading, self.base_seed, loader.worker_init_fn, worker)
            process = context.Process(target=work, args=(*arguments, self.workers), daemon=True)
            process.start()
            self.processes.append(process)
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
        """Wait for one result; RuntimeError if a worker has died or the time is up."""
        deadline = time.monotonic() + (self.timeout or float("inf"))
        while True:
            try:
                epoch, number, answer = self.results.get(timeout=max(0, min(PATIENCE, deadline - time.monotonic())))
                break
            except queue.Empty:
                pass
            dead = [process for process in self.processes if not process.is_alive()]
            if dead:
                pids = ", ".join(str(process.pid) for process in dead)
                codes = ", ".join(str(process.exitcode) for process in dead)
                raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly with exit code {codes}")
            if time.monotonic() >= deadline:
                raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        if epoch != self.epoch:
            return
        batch, worker = pickle.loads(answer), self.waiting.pop(number)
        if isinstance(batch, Exhausted):
            self.active[worker] = False
            self.ask()
        else:
            self.ready[number] = batch


def _stop(owner, processes, tasks, results, over):
    """End the processes: those that do not go by themselves are terminated."""
    if os.getpid() != owner:  # in a copy of the iterator that a fork made
        return
    over.set()
    for queue_of_tasks in tasks:
        queue_of_tasks.put(None)
    deadline = time.monotonic() + FAREWELL
    for process in processes:
        process.join(max(0, deadline - time.monotonic()))
        if process.is_alive():
            process.terminate()
            process.join()
    for each in (*tasks, results):
        each.cancel_join_thread()
        each.close()
