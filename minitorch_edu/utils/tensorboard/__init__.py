"""SummaryWriter: scalars, pictures, histograms, texts and the network itself, written for TensorBoard to show.

As in torch it is imported explicitly, and it needs the package tensorboard, which nothing else here loads:

    pip install tensorboard
    from minitorch_edu.utils.tensorboard import SummaryWriter

    writer.py    the class, its folders and files
    summary.py   what is written of a scalar, a picture, a histogram ...
    graph.py     the network, drawn from the tape of one forward pass

The files are written by tensorboard's own EventFileWriter, on which torch's SummaryWriter stands too; it does not need
torch. The catalogue has no record of SummaryWriter, for it computes nothing: tests/test_tensorboard.py makes the same
calls of torch's and of ours and compares what both folders hold, picture for picture and bucket for bucket.

Twin:  https://docs.pytorch.org/docs/stable/tensorboard.html
"""

try:
    import tensorboard.compat.proto.summary_pb2  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"minitorch_edu.utils.tensorboard needs the package tensorboard ({error}): pip install tensorboard"
    ) from error

from .writer import SummaryWriter

__all__ = ["SummaryWriter"]
