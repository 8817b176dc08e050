"""SummaryWriter: the folder of a run, its event files, and the methods that write into them.

A run is a folder, and TensorBoard, started on the folder above (`tensorboard --logdir runs`), shows its runs beside
each other. `add_scalars` and `add_hparams` write into folders of their own below it.

Twin:  torch.utils.tensorboard.SummaryWriter
"""

import atexit
import datetime
import os
import socket
import time

import numpy as np
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event, SessionLog, TaggedRunMetadata
from tensorboard.compat.proto.step_stats_pb2 import DeviceStepStats, StepStats
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from . import summary
from .graph import graph_def

__all__ = ["SummaryWriter"]

_ADVICE = {
    "add_image_with_boxes": "draw the boxes, and use add_image",
    "add_video": "use add_images, one picture a frame",
    "add_audio": "use torch.utils.tensorboard",
    "add_mesh": "use torch.utils.tensorboard",
    "add_embedding": "use torch.utils.tensorboard",
    "add_onnx_graph": "use add_graph",
    "add_tensor": "use add_histogram, or save()",
    "add_histogram_raw": "use add_histogram",
    "add_pr_curve": "draw it with matplotlib, and use add_figure",
    "add_pr_curve_raw": "draw it with matplotlib, and use add_figure",
    "add_custom_scalars": "use add_scalars",
    "add_custom_scalars_multilinechart": "use add_scalars",
    "add_custom_scalars_marginchart": "use add_scalars",
}  # what torch's SummaryWriter has and ours has not


class SummaryWriter:
    """Writes what happens during training into `log_dir`, for TensorBoard to show.

    log_dir: a folder; without it runs/DATE_HOST followed by `comment`. purge_step: TensorBoard is to forget what an
    earlier run wrote into the folder from this step on. max_queue: how many events may wait for the thread that writes
    them. flush_secs: how often they reach the disk. filename_suffix: the end of every file's name.

    Tensors, NumPy arrays and Python numbers are taken. Of every method, global_step is the step on TensorBoard's axis
    and walltime the time in seconds, now if left out. After `close` the next call begins another file in the folder.

    >>> import tempfile
    >>> import minitorch_edu as torch
    >>> from minitorch_edu.utils.tensorboard import SummaryWriter
    >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
    ...     for step in range(3):
    ...         writer.add_scalar("loss/train", torch.tensor(1 / (1 + step)), step)
    ...     writer.add_image("picture", torch.rand(3, 32, 32), 0)
    ...     writer.add_graph(torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.ReLU()), torch.rand(1, 4))

    Twin: https://docs.pytorch.org/docs/stable/tensorboard.html
    """

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        if not log_dir:
            now = datetime.datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir, self.purge_step = log_dir, purge_step
        self.max_queue, self.flush_secs, self.filename_suffix = max_queue, flush_secs, filename_suffix
        self._files = {}  # folder: the EventFileWriter of the file that is open there
        self._file()

    def _file(self, *below):
        """The open file of the run's folder, or of one below it; opened if it is not."""
        folder = os.path.join(str(self.log_dir), *below)
        if not self._files:
            atexit.register(self.close)  # what still waits when Python ends is written too
        if folder not in self._files:
            self._files[folder] = EventFileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)
            if self.purge_step is not None and not below:
                start = SessionLog(status=SessionLog.START)
                self._write(Event(file_version="brain.Event:2"), self.purge_step)
                self._write(Event(session_log=start), self.purge_step)
                self.purge_step = None
        return self._files[folder]

    def _write(self, event, global_step=None, walltime=None, below=()):
        event.wall_time = time.time() if walltime is None else walltime
        if global_step is not None:
            event.step = int(global_step)
        self._file(*below).add_event(event)

    def __getattr__(self, name):  # called only for what there is not
        advice = f": minitorch_edu has none; {_ADVICE[name]}" if name in _ADVICE else ""
        raise AttributeError(f"'SummaryWriter' object has no attribute '{name}'{advice}")

    # ------------------------------------------------------------------------------------------ what is written

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """A point of the curve `tag`; AssertionError unless it is one number.

        new_style: written in the newer of two formats, in which it can keep double_precision.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_scalar("loss", 0.5, global_step=3, walltime=0)
        ...     writer.flush()
        ...     EventAccumulator(folder).Reload().Scalars("loss")
        [ScalarEvent(wall_time=0.0, step=3, value=0.5)]
        """
        value = summary.scalar(tag, scalar_value, new_style, double_precision)
        self._write(Event(summary=value), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Points of several curves in one plot, {curve: number}; every curve has a folder, MAINTAG_CURVE.

        >>> import os
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_scalars("loss", {"train": 0.5, "test": 0.75}, global_step=3)
        ...     sorted(name for name in os.listdir(folder) if name.startswith("loss"))
        ['loss_test', 'loss_train']
        """
        walltime = time.time() if walltime is None else walltime
        for tag, value in tag_scalar_dict.items():
            event = Event(summary=summary.scalar(main_tag, value, function="add_scalars"))
            self._write(event, global_step, walltime, [f"{main_tag.replace('/', '_')}_{tag}"])

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None):
        """How the values are distributed.

        bins: "tensorflow", bins each 10 % wider than the one nearer to 0, or what numpy.histogram takes. max_bins: put
        neighbours together until about so many remain. ValueError if there is no value, or none lies in a bin.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_histogram("weights", np.array([0.5, 0.5, 2.5]), bins=[0, 1, 2, 3])
        ...     writer.flush()
        ...     bars = EventAccumulator(folder).Reload().Histograms("weights")[0].histogram_value
        ...     bars.bucket_limit, bars.bucket
        ([0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 0.0, 1.0])
        """
        value = summary.histogram(tag, values, bins, max_bins)
        self._write(Event(summary=value), global_step, walltime)

    def add_image(self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"):
        """A picture: uint8, or numbers from 0 to 1; AssertionError if its shape does not fit dataformats.

        dataformats: a letter for each axis, C channels (1 to 4), H height, W width: CHW, HWC, HW ...

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_image("picture", np.zeros((20, 30, 3)), dataformats="HWC")
        ...     writer.flush()
        ...     picture = EventAccumulator(folder).Reload().Images("picture")[0]
        ...     picture.width, picture.height
        (30, 20)
        """
        value = summary.image(tag, img_tensor, dataformats, "add_image")
        self._write(Event(summary=value), global_step, walltime)

    def add_images(self, tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"):
        """A batch of pictures with 1 or 3 channels, side by side, 8 in a row; as `add_image`, N being the pictures.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_images("pictures", np.zeros((10, 3, 20, 30)))  # 8 in the first row, 2 in the second
        ...     writer.flush()
        ...     sheet = EventAccumulator(folder).Reload().Images("pictures")[0]
        ...     sheet.width, sheet.height
        (240, 40)
        """
        value = summary.image(tag, img_tensor, dataformats, "add_images")
        self._write(Event(summary=value), global_step, walltime)

    def add_figure(self, tag, figure, global_step=None, close=True, walltime=None):
        """A matplotlib figure, or a list of them of one size, as a picture. close: pyplot then forgets the figure.

        >>> import tempfile
        >>> from matplotlib.figure import Figure
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_figure("curves", Figure(figsize=(3, 2), dpi=100))  # in inches, and dots per inch
        ...     writer.flush()
        ...     picture = EventAccumulator(folder).Reload().Images("curves")[0]
        ...     picture.width, picture.height
        (300, 200)
        """
        several = isinstance(figure, list)
        pixels = [summary.figure(one, close) for one in (figure if several else [figure])]
        if len({one.shape for one in pixels}) > 1:
            raise ValueError(f"add_figure(): figures of one size are needed, got {[one.shape[:2] for one in pixels]}")
        value = summary.image(tag, np.stack(pixels), "NHWC", "add_figure")
        self._write(Event(summary=value), global_step, walltime)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        """A text, shown as Markdown.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_text("note", "**better** than before")
        ...     writer.flush()
        ...     EventAccumulator(folder).Reload().Tensors("note/text_summary")[0].tensor_proto.string_val
        [b'**better** than before']
        """
        self._write(Event(summary=summary.text(tag, text_string)), global_step, walltime)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """The hyperparameters of a run and the metrics it came to, a row of TensorBoard's table.

        hparam_dict: {name: bool, text, number, tensor of one element, or None}. metric_dict: {name: number}, also
        written as scalars. hparam_domain_discrete: {name: list of the values it can have}. They go into a folder below
        log_dir, run_name or else the time. TypeError or ValueError for anything else.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_hparams({"lr": 0.01, "net": "quick"}, {"accuracy": 0.75}, run_name="first")
        ...     EventAccumulator(f"{folder}/first").Reload().Scalars("accuracy")[0].value
        0.75
        """
        values = list(summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete))
        with SummaryWriter(os.path.join(str(self.log_dir), run_name or str(time.time()))) as run:
            for value in values:
                run._write(Event(summary=value), global_step)
            for tag, metric in metric_dict.items():
                run.add_scalar(tag, metric, global_step)

    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True):
        """The network as nested boxes, one for each module, with the operators and parameters in them (see graph.py).

        input_to_model: a Tensor, or a tuple of Tensors, with which the model is run once, in evaluation. verbose: print
        the graph. use_strict_trace=False: the model may return lists and dictionaries. TypeError for a wrong model or
        input, RuntimeError if nothing was recorded.

        >>> import tempfile
        >>> import minitorch_edu as torch
        >>> from minitorch_edu import nn
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_graph(nn.Linear(2, 1), torch.zeros(1, 2), verbose=True)
        input/input.1 = IO Node()
        Linear/weight = Parameter()
        Linear/bias = Parameter()
        Linear/Addmm = Addmm(input/input.1, Linear/weight, Linear/bias)
        output/output.1 = IO Node(Linear/Addmm)
        """
        graph = graph_def(model, input_to_model, use_strict_trace)
        if verbose:
            for node in graph.node:
                print(f"{node.name} = {node.op}({', '.join(node.input)})")
        self._write(Event(graph_def=graph.SerializeToString()))
        stats = RunMetadata(step_stats=StepStats(dev_stats=[DeviceStepStats(device="/device:CPU:0")]))
        self._write(Event(tagged_run_metadata=TaggedRunMetadata(tag="step1", run_metadata=stats.SerializeToString())))

    # ------------------------------------------------------------------------------------------ folder and files

    def get_logdir(self):
        """The folder that the files are in.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.get_logdir() == folder
        True
        """
        return self.log_dir

    def flush(self):
        """Write to disk what waits.

        >>> import tempfile
        >>> from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_scalar("loss", 0.5, global_step=3)
        ...     writer.flush()
        ...     EventAccumulator(folder).Reload().Tags()["scalars"]
        ['loss']
        """
        for file in self._files.values():
            file.flush()

    def close(self):
        """Write to disk what waits, and close the files.

        >>> import os
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.close()
        ...     writer.add_scalar("loss", 0.5, global_step=3)
        ...     len(os.listdir(folder))
        2
        """
        atexit.unregister(self.close)
        for file in self._files.values():
            file.close()
        self._files.clear()

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.close()
