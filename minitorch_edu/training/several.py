"""One training in several processes, each with a GPU (or cores) of its own: torchrun starts them, and this joins them.

    torchrun --nproc-per-node 4 -m minitorch_edu train --backend torch

- Every process has the whole network. Of each batch it takes its part: of 64 pictures, the first 16, the second 16, ...
  So each picture is seen once an epoch, and batches, learning rates and seeds mean what they mean in one process.
- Every process draws the order of all pictures, and all their augmentations, from a generator in the same state.
- After backward, DistributedDataParallel adds up the gradients of all parts, so that all take the same step.
- Batch norm takes mean and variance over the whole batch on GPUs (SyncBatchNorm). On CPUs, where torch has no such
  layer, each process takes those of its part; what is kept of them for evaluation are the first process's.
- The first process alone prints and writes. Its checkpoints go on in any number of processes.

Source: Li et al. (2020), https://arxiv.org/abs/2006.15704 (DistributedDataParallel)
"""

import contextlib
import datetime
import functools
import gc
import os
import signal
import sys
import threading

__all__ = ["Group"]

PATIENCE = datetime.timedelta(minutes=2)  # for a process that does not answer; gloo notices at once if one has ended


class Group:
    """The processes that torchrun started, or this one alone; rank: which of them this is, world: how many there are.

    >>> from minitorch_edu.training.several import Group
    >>> alone = Group({})
    >>> alone.rank, alone.world, alone.part([1, 2, 3])
    (0, 1, [1, 2, 3])
    >>> second = Group({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"})
    >>> second.rank, second.world, second.local
    (1, 2, 1)
    """

    def __init__(self, environ=os.environ):
        self.rank, self.world, self.local = (
            int(environ.get(name, usual)) for name, usual in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
        )
        self.collective = None  # torch.distributed, once they have joined
        self.asked = threading.Event()  # that somebody asked all to stop

    def join(self, torch, device):
        """Meet the others. All but the first become silent, and Ctrl-C, to the first, is what it is asked for."""
        if self.world == 1:
            return
        missing = [name for name in ("MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
        if missing:
            raise RuntimeError(f"WORLD_SIZE={self.world} says that this is one of several processes, but there is "
                               f"no {' and no '.join(missing)}: start them with torchrun, or unset it")  # fmt: skip
        if self.rank:
            from tqdm import tqdm

            sys.stdout = open(os.devnull, "w")
            tqdm.__init__ = functools.partialmethod(tqdm.__init__, disable=True)
        # Whenever it comes, and the second one too: torchrun sends it on, beside the terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN if self.rank else lambda number, frame: self.asked.set())
        self.collective = torch.distributed
        with self.watch():
            backend, device = ("nccl", device) if device.type == "cuda" else ("gloo", None)
            self.collective.init_process_group(backend, timeout=PATIENCE, device_id=device)

    def leave(self):
        """Part from the others, when all is done: once each has said so, as the first has files to write."""
        if self.collective is not None:
            self.collective.barrier()
            gc.collect()  # networks that hold the group, whose threads shall end before Python does
            self.collective.destroy_process_group()
            self.collective = None

    @contextlib.contextmanager
    def watch(self):
        """Say so if the others are gone. With NCCL, torch's watchdog may do so first, and end this process."""
        try:
            yield
        except RuntimeError as error:
            if self.world == 1 or self.collective is None or not isinstance(error, self._broken(error)):
                raise
            raise RuntimeError(
                f"process {self.rank} of {self.world} ends: another one has ended, or does not answer "
                f"({str(error).splitlines()[0]})"
            ) from None

    def _broken(self, error):
        """torch's own kinds of error; gloo has none, but names itself or the connection."""
        words = ("gloo", "Connection", "Timed out", "NCCL", "Broken pipe", "peer", "process group", "ProcessGroup")
        named = RuntimeError if any(word in str(error) for word in words) else ()
        return (self.collective.DistError, *((named,) if named else ()))

    def parallel(self, torch, net, device):
        """The network, as one whose gradients are those of all parts."""
        if self.collective is None:
            return net
        devices = [device.index] if device.type == "cuda" else None
        return torch.nn.parallel.DistributedDataParallel(net, device_ids=devices)

    def part(self, batch, axis=0):
        """This process's part of a tensor."""
        return batch if self.world == 1 else batch.tensor_split(self.world, axis)[self.rank]

    def add_up(self, sums):
        """Add to a tensor, in place, those of the others."""
        if self.collective is not None:
            self.collective.all_reduce(sums)
        return sums

    def agree(self, net):
        """Take over what the first process's batch norm has kept."""
        for buffer in net.buffers() if self.collective is not None else ():
            self.collective.broadcast(buffer, 0)
