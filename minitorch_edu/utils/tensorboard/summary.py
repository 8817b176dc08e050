"""What is written of a scalar, a picture, a histogram, a text, a table of hyperparameters: one Summary each.

A Summary is the record that TensorBoard reads. Its fields are described in tensorboard/compat/proto/summary.proto of
https://github.com/tensorflow/tensorboard; which of them are filled, and how, is torch.utils.tensorboard's choice.
"""

import io
import sys

import numpy as np
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData

from ...autograd import Tensor

__all__ = ["DEFAULT_BINS", "as_array", "figure", "histogram", "hparams", "image", "scalar", "text"]


def as_array(value, function, argument):
    """The array of a tensor, an array or a number; NotImplementedError for anything else."""
    if isinstance(value, Tensor):
        return value.detach().numpy()
    if isinstance(value, (np.ndarray, np.generic, int, float)):
        return np.asarray(value)
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    raise NotImplementedError(
        f"{function}(): {argument} must be a minitorch_edu Tensor, a NumPy array or a number, not {kind}; "
        "convert it with numpy.asarray"
    )


def _plugin(name, content=b""):
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=name, content=content))


# ------------------------------------------------------------------------------------------------ numbers


def scalar(tag, value, new_style=False, double_precision=False, function="add_scalar"):
    """One number; AssertionError for several. new_style: as a tensor of one element, float32 or double."""
    array = as_array(value, function, f"the value of {tag!r}")
    if array.size != 1:
        raise AssertionError(
            f"{function}(): the value of {tag!r} must be one number, got shape {list(array.shape)}; take its mean() or "
            "use add_histogram"
        )
    number = float(array.item())
    if not new_style:
        return Summary(value=[Summary.Value(tag=tag, simple_value=number)])
    if double_precision:
        tensor = TensorProto(double_val=[number], dtype="DT_DOUBLE")
    else:
        tensor = TensorProto(float_val=[number], dtype="DT_FLOAT")
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=_plugin("scalars"))])


def _growing(start, end, factor):
    while start < end:
        yield start
        start *= factor


_POSITIVE = list(_growing(1e-12, 1e20, 1.1))
DEFAULT_BINS = [-limit for limit in reversed(_POSITIVE)] + [0] + _POSITIVE  # bins="tensorflow": each 10 % wider


def histogram(tag, values, bins="tensorflow", max_bins=None):
    """How many values lie in each bin, from the first bin that holds any to the last.

    bins: "tensorflow" for DEFAULT_BINS, or what numpy.histogram takes. max_bins: bins are put together, so many at a
    time that about max_bins remain. ValueError if there is no value, or none in the bins.
    """
    values = as_array(values, "add_histogram", "values").astype(float).reshape(-1)
    if values.size == 0:
        raise ValueError(f"add_histogram(): values of {tag!r} is empty")
    counts, limits = np.histogram(values, DEFAULT_BINS if isinstance(bins, str) and bins == "tensorflow" else bins)
    if max_bins is not None and len(counts) > max_bins:
        if max_bins < 1:
            raise ValueError(f"add_histogram(): max_bins must be at least 1, got {max_bins}")
        together = len(counts) // max_bins
        counts = np.add.reduceat(counts, np.arange(0, len(counts), together))
        limits = np.append(limits[:-1:together], limits[-1])
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        raise ValueError(
            f"add_histogram(): none of the {values.size} values of {tag!r} lies in the bins; they may be nan"
        )
    first, last = filled[0], filled[-1]
    return Summary(value=[Summary.Value(tag=tag, histo=HistogramProto(
        min=values.min(), max=values.max(), num=values.size, sum=values.sum(), sum_squares=values.dot(values),
        bucket_limit=limits[first : last + 2].tolist(),  # upper limits; the first bucket is empty,
        bucket=[0, *counts[first : last + 1].tolist()],  # so that its limit is the lower one of the second
    ))])  # fmt: skip


# ------------------------------------------------------------------------------------------------ pictures

_AXES = {"N": "pictures", "C": "channels", "H": "height", "W": "width"}


def image(tag, img_tensor, dataformats, function):
    """A picture, or a batch of them side by side, 8 in a row, as a PNG file.

    dataformats: what the axes are, letter by letter: N pictures, C channels, H height, W width; NCHW, CHW, HW in any
    order. uint8 values are taken as they are, all others times 255, cut at 0 and 255, the fraction dropped.
    AssertionError if the shape does not fit dataformats.
    """
    from PIL import Image

    pixels = _rows(as_array(img_tensor, function, "img_tensor"), dataformats, function)  # (H, W, C)
    scale = 1 if pixels.dtype == np.uint8 else 255
    pixels = (pixels.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    height, width, channels = pixels.shape
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    encoded = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=file.getvalue())
    return Summary(value=[Summary.Value(tag=tag, image=encoded)])


def _rows(array, dataformats, function):
    """The array with its axes in the order (H, W, C); one channel, or none, becomes three alike."""
    axes = str(dataformats).upper()
    if sorted(axes) not in (sorted("NCHW"), sorted("CHW"), sorted("HW")):
        raise AssertionError(
            f"{function}(): dataformats={dataformats!r} must have each letter of NCHW, CHW or HW once, in any order"
        )
    if not _fits(array.shape, axes):
        named = ", ".join(_AXES[letter] for letter in axes)
        channels = " with 1 or 3 channels" if "N" in axes else " with 1 to 4 channels" if "C" in axes else ""
        fitting = " or ".join(repr(form) for form in ("HW", "CHW", "HWC", "NCHW", "NHWC") if _fits(array.shape, form))
        raise AssertionError(
            f"{function}(): dataformats={dataformats!r} wants {len(axes)} axes ({named}){channels}, none of size 0; "
            f"img_tensor has shape {list(array.shape)}" + (f", which fits dataformats={fitting}" if fitting else "")
        )
    if len(axes) == 4:
        array = _side_by_side(array.transpose([axes.index(letter) for letter in "NCHW"]))
    elif len(axes) == 3:
        array = array.transpose([axes.index(letter) for letter in "HWC"])
    else:
        array = array.transpose([axes.index(letter) for letter in "HW"])[..., None]
    return array.repeat(3, axis=2) if array.shape[2] == 1 else array


def _fits(shape, axes):
    """Whether a picture of this shape can have these axes."""
    size = dict(zip(axes, shape))
    channels = (1, 3) if "N" in axes else (1, 2, 3, 4)  # grey, grey and alpha, RGB, RGB and alpha
    return len(shape) == len(axes) and 0 not in shape and size.get("C", 1) in channels


def _side_by_side(pictures, columns=8):
    """Pictures (N, C, H, W) in rows of up to 8, as one of (rows * H, columns * W, C); what is left over is black."""
    n, c, h, w = pictures.shape
    columns = min(n, columns)
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, c, h, w), pictures.dtype)
    sheet[:n] = pictures
    return sheet.reshape(rows, columns, c, h, w).transpose(0, 3, 1, 4, 2).reshape(rows * h, columns * w, c)


def figure(figure, close):
    """A matplotlib figure as pixels (H, W, 3) in uint8. close: let pyplot, if it made the figure, forget it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        raise TypeError(
            f"add_figure(): figure must be a matplotlib Figure or a list of them, not {type(figure).__name__}"
        )
    shown_on = figure.canvas
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_canvas(shown_on)
    if close and "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    return np.asarray(canvas.buffer_rgba())[..., :3]


# ------------------------------------------------------------------------------------------------ words


def text(tag, text_string):
    """A text, which TensorBoard shows as Markdown."""
    if not isinstance(text_string, str):
        raise TypeError(f"add_text(): text_string must be str, not {type(text_string).__name__}; use str(...)")
    tensor = TensorProto(
        dtype="DT_STRING",
        string_val=[text_string.encode()],
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
    )
    metadata = _plugin("text", TextPluginData(version=0).SerializeToString())
    return Summary(value=[Summary.Value(tag=f"{tag}/text_summary", metadata=metadata, tensor=tensor)])


def hparams(hparam_dict, metric_dict, hparam_domain_discrete=None):
    """Three Summaries: which hyperparameters and metrics there are, this run's hyperparameters, that it is done.

    TypeError unless the arguments are dictionaries and the domains lists of the hyperparameter's type; ValueError for a
    hyperparameter that is no number, text, bool, None (left out) or tensor of one element.
    """
    domains = {} if hparam_domain_discrete is None else hparam_domain_discrete
    dicts = {"hparam_dict": hparam_dict, "metric_dict": metric_dict, "hparam_domain_discrete": domains}
    for argument, value in dicts.items():
        if type(value) is not dict:
            raise TypeError(f"add_hparams(): {argument} should be a dictionary, not {type(value).__name__}")
    for name, values in domains.items():
        kind = type(hparam_dict.get(name))
        if name not in hparam_dict or not isinstance(values, list) or not all(isinstance(v, kind) for v in values):
            raise TypeError(
                f"add_hparams(): hparam_domain_discrete[{name!r}] should be a list of the type of "
                f"hparam_dict[{name!r}], got {values!r}"
            )
    experiment = api_pb2.Experiment(
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metric_dict]
    )
    start = plugin_data_pb2.SessionStartInfo()
    for name, value in hparam_dict.items():
        if value is None:
            continue
        value = _hparam(name, value)
        field, kind = ("string_value", "STRING") if isinstance(value, str) else ("number_value", "FLOAT64")
        setattr(start.hparams[name], field, value)
        info = experiment.hparam_infos.add(name=name, type=api_pb2.DataType.Value(f"DATA_TYPE_{kind}"))
        for choice in domains.get(name, ()):
            setattr(info.domain_discrete.values.add(), field, choice)
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value("STATUS_SUCCESS"))
    parts = {
        hparams_plugin.EXPERIMENT_TAG: {"experiment": experiment},
        hparams_plugin.SESSION_START_INFO_TAG: {"session_start_info": start},
        hparams_plugin.SESSION_END_INFO_TAG: {"session_end_info": end},
    }
    version, plugin = hparams_plugin.PLUGIN_DATA_VERSION, hparams_plugin.PLUGIN_NAME
    for tag, part in parts.items():
        content = plugin_data_pb2.HParamsPluginData(version=version, **part).SerializeToString()
        yield Summary(value=[Summary.Value(tag=tag, metadata=_plugin(plugin, content))])


def _hparam(name, value):
    """A hyperparameter as text or number; a bool is 0 or 1, as in torch."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        array = as_array(value, "add_hparams", f"hparam_dict[{name!r}]")
        if array.size == 1 and array.dtype.kind in "biuf":
            return array.item()
    raise ValueError(
        f"add_hparams(): hparam_dict[{name!r}] should be one of int, float, str, bool, or a Tensor of one element, not "
        f"{type(value).__name__}; use str(...) to write anything else"
    )
