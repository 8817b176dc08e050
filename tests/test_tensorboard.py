"""SummaryWriter beside torch's: the same calls leave the same events, picture for picture, bucket for bucket.

Both folders are read back with tensorboard; a network's graph is drawn from our own tape, and is compared in scopes,
edges and shapes. At the end a running TensorBoard shows it.
"""

import doctest
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import minitorch_edu as mt
import minitorch_edu.utils.tensorboard as ours
from minitorch_edu.models import cifar_quick
from minitorch_edu.utils.tensorboard import SummaryWriter

BOTH = ((mt, SummaryWriter), (torch, TorchWriter))
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # what torch's add_graph stands on


def events(folder):
    """(folder below, event) of all files, without what differs from one minute to the next."""
    found = []
    for path in sorted(Path(folder).rglob("events.out.tfevents.*")):
        for record in RawEventFileLoader(str(path)).Load():
            event = Event.FromString(record)
            event.ClearField("wall_time")
            found.append((str(path.parent.relative_to(folder)), event))
    return found


def pixels(encoded):
    with Image.open(io.BytesIO(encoded)) as picture:
        return np.asarray(picture)


def compare(folder, calls, **options):
    """Make the calls, calls(writer, library), on both writers; what they leave must be the same. Returns our events."""
    left = []
    for (library, Writer), name in zip(BOTH, ("ours", "theirs")):
        with Writer(os.path.join(folder, name), **options) as writer:
            calls(writer, library)
        left.append(events(os.path.join(folder, name)))
    assert [(below, event.step) for below, event in left[0]] == [(below, event.step) for below, event in left[1]]
    for (_, event), (_, expected) in zip(*left):
        for value, wanted in zip(event.summary.value, expected.summary.value):
            if wanted.HasField("image"):  # another encoder may write another file of the same pixels
                np.testing.assert_array_equal(*(pixels(v.image.encoded_image_string) for v in (value, wanted)))
                value.image.encoded_image_string = wanted.image.encoded_image_string
        assert event == expected
    return [event for _, event in left[0]]


# ------------------------------------------------------------------------------------------------ the same events

rng = np.random.default_rng(0)
BYTES = rng.integers(0, 256, (3, 5, 7), dtype=np.uint8)
FLOATS = rng.uniform(-0.2, 1.2, (3, 5, 7)).astype(np.float32)
BATCH = rng.uniform(0, 1, (11, 3, 4, 6))
NORMAL = rng.standard_normal(1000)


def draw_figure(width=2):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 1.5), dpi=80)
    figure.subplots().plot([1, 3, 2])
    return figure


def plot_figure():
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(2, 2))
    axes.bar([1, 2], [3, 4])
    return figure


CALLS = {
    "numbers": lambda w, t: [w.add_scalar("a", number, i) for i, number in enumerate(
        [1, 2.5, True, np.float32(0.1), np.int64(-3), np.array(0.1), np.array([[7]]), float("nan"), float("inf")])],
    "tensors": lambda w, t: [w.add_scalar("a/b", tensor, 5) for tensor in
                             [t.tensor(0.1), t.tensor([[3]]), t.ones(1, requires_grad=True) * 2, t.tensor(True)]],
    "no step": lambda w, t: w.add_scalar("a", 1),
    "a tensor as the step": lambda w, t: w.add_scalar("a", 1, t.tensor(17)),
    "tags as they are": lambda w, t: [w.add_scalar(tag, 1) for tag in ["/a b", "päivä: %", "x" * 300]],
    "new style": lambda w, t: w.add_scalar("a", 0.1, 1, new_style=True),
    "double precision": lambda w, t: w.add_scalar("a", 0.1, 1, new_style=True, double_precision=True),
    "scalars": lambda w, t: [w.add_scalars("loss/of", {"train": t.tensor(i * 0.5), "test": i}, i) for i in range(3)],
    "text": lambda w, t: w.add_text("notes", "# größer\n|a|b|\n|-|-|", 2),
    "values": lambda w, t: w.add_histogram("h", NORMAL, 1),
    "a tensor's values": lambda w, t: w.add_histogram("h", t.tensor([[1.0, -2], [0, 0]], requires_grad=True), 1),
    "integers": lambda w, t: w.add_histogram("h", t.arange(10), 1),
    "one value": lambda w, t: [w.add_histogram("h", number) for number in (0, 1e-13, -3.5, 9e19)],
    "bins by rule": lambda w, t: [w.add_histogram("h", NORMAL, bins=rule) for rule in ("auto", "fd", "doane", 7)],
    "bins given": lambda w, t: w.add_histogram("h", NORMAL, bins=[-1, 0, 0.5, 2]),
    "bins together": lambda w, t: [w.add_histogram("h", NORMAL, max_bins=n) for n in (1, 2, 7, 100, 400, 1000, 5000)],
    "bytes": lambda w, t: w.add_image("i", t.tensor(BYTES.tolist(), dtype=t.uint8), 3),
    "floats": lambda w, t: w.add_image("i", t.tensor(FLOATS.tolist()), 3),
    "float64": lambda w, t: w.add_image("i", FLOATS.astype(np.float64)),
    "truth": lambda w, t: w.add_image("i", FLOATS > 0.5),
    "64-bit integers": lambda w, t: w.add_image("i", (FLOATS * 3).astype(np.int64)),
    "rows first": lambda w, t: w.add_image("i", BYTES.transpose(1, 2, 0), dataformats="HWC"),
    "columns first": lambda w, t: w.add_image("i", BYTES.transpose(2, 1, 0), dataformats="whc"),
    "grey": lambda w, t: [w.add_image("i", BYTES[0], dataformats=form) for form in ("HW", "WH")],
    "one channel": lambda w, t: w.add_image("i", FLOATS[:1]),
    "transparent": lambda w, t: w.add_image("i", np.concatenate([BYTES, BYTES[:1]])),
    "a batch as a picture": lambda w, t: w.add_image("i", BATCH, dataformats="NCHW"),
    "a batch": lambda w, t: [w.add_images("i", t.tensor(BATCH[:n].tolist()), n) for n in (1, 3, 8, 9, 11)],
    "a batch, channels last": lambda w, t: w.add_images("i", BATCH.transpose(0, 2, 3, 1), dataformats="NHWC"),
    "a grey batch": lambda w, t: w.add_images("i", BATCH[:, :1]),
    "a picture as a batch": lambda w, t: w.add_images("i", BYTES, dataformats="CHW"),
    "a figure": lambda w, t: w.add_figure("f", draw_figure(), 4),
    "a figure of pyplot's": lambda w, t: w.add_figure("f", plot_figure()),
    "figures": lambda w, t: w.add_figure("f", [draw_figure(), draw_figure()]),
    "hyperparameters": lambda w, t: w.add_hparams(
        {"lr": 0.1, "batch": 64, "name": "sgd", "nesterov": True, "decay": t.tensor([0.5]), "nothing": None},
        {"accuracy": 0.9, "loss": t.tensor(0.25)}, run_name="first", global_step=7),
    "domains": lambda w, t: w.add_hparams({"lr": 0.1, "name": "a", "on": False}, {},
        {"lr": [0.1, 1.0], "name": ["a", "b"], "on": [True, False]}, "first"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_events_are_torchs(name, tmp_path):
    left = compare(tmp_path, CALLS[name])
    assert sum(len(event.summary.value) for event in left) > 0


def test_purge_step_and_suffix(tmp_path):
    left = compare(tmp_path, lambda w, t: w.add_scalar("a", 1, 9), purge_step=5, filename_suffix=".mine")
    assert [event.step for event in left] == [0, 5, 5, 9]
    assert all(path.name.endswith(".mine") for path in tmp_path.rglob("events.*"))


def test_steps_are_purged_once(tmp_path):
    def calls(writer, library):
        writer.add_scalar("a", 1, 9)
        writer.close()
        writer.add_scalar("a", 1, 10)  # another file

    left = compare(tmp_path, calls, purge_step=5)
    assert [event.step for event in left].count(5) == 2


def test_figures_are_closed_unless_kept(tmp_path):
    from matplotlib import pyplot

    with SummaryWriter(tmp_path) as writer:
        figure = plot_figure()
        canvas = figure.canvas
        writer.add_figure("f", figure, close=False)
        assert figure.canvas is canvas and pyplot.fignum_exists(figure.number)
        writer.add_figure("f", figure)
        assert not pyplot.fignum_exists(figure.number)


def test_walltime_is_kept(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 0, 1234.5)
        writer.add_scalars("b", {"x": 1, "y": 2}, 0, 1235.5)
        writer.add_image("c", BYTES, 0, 1236.5)
        writer.add_histogram("d", NORMAL, 0, "auto", 1237.5)
        writer.add_text("e", "f", 0, 1238.5)
        writer.add_images("g", BATCH, 0, 1239.5)
        writer.add_figure("h", draw_figure(), 0, True, 1240.5)
    times = {
        value.tag: Event.FromString(record).wall_time
        for path in tmp_path.rglob("events.*")
        for record in RawEventFileLoader(str(path)).Load()
        for value in Event.FromString(record).summary.value
    }
    assert times == {"a": 1234.5, "b": 1235.5, "c": 1236.5, "d": 1237.5, "e/text_summary": 1238.5, "g": 1239.5,
                     "h": 1240.5}  # fmt: skip


@st.composite
def pictures(draw):
    """(array, dataformats) of any order of axes."""
    axes = "".join(draw(st.permutations(draw(st.sampled_from(["HW", "CHW", "NCHW"])))))
    channels = st.sampled_from([1, 3] if "N" in axes else [1, 2, 3, 4])
    sizes = {"N": st.integers(1, 17), "C": channels, "H": st.integers(1, 4), "W": st.integers(1, 4)}
    shape = tuple(draw(sizes[letter]) for letter in axes)
    kind = draw(st.sampled_from([np.uint8, np.float32, np.float64, np.bool_]))
    values = st.floats(-0.5, 1.5, width=32) if np.dtype(kind).kind == "f" else None
    return draw(arrays(kind, shape, elements=values)), axes


@given(pictures())
def test_pictures_are_torchs(tmp_path_factory, drawn):
    array, axes = drawn
    method = "add_images" if "N" in axes else "add_image"
    compare(tmp_path_factory.mktemp("drawn"), lambda w, t: getattr(w, method)("i", array, dataformats=axes))


@given(st.data())
def test_buckets_are_torchs(tmp_path_factory, data):
    bins = data.draw(st.sampled_from(["tensorflow", "auto", "sqrt", 5]))
    if bins == "tensorflow":
        numbers = st.floats(-9e19, 9e19) | st.floats(-1, 1)
    else:  # NumPy refuses, or makes millions of, bins for numbers of very different size
        numbers = st.integers(-64, 64).map(lambda n: n / 8)
    values = data.draw(arrays(np.float64, st.integers(1, 30), elements=numbers))
    max_bins = data.draw(st.none() | st.integers(1, 2000))
    calls = lambda writer, library: writer.add_histogram("h", values, bins=bins, max_bins=max_bins)
    compare(tmp_path_factory.mktemp("drawn"), calls)


def test_read_back_by_tensorboard(tmp_path):
    """What TensorBoard itself sees, without torch's word for it."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(4):
            writer.add_scalar("loss", mt.tensor(1 / (step + 1)), step)
        writer.add_histogram("weights", mt.tensor([0.5, 0.5, 3.0]), 1)
        writer.add_image("picture", mt.tensor(BYTES.tolist(), dtype=mt.uint8), 2)
        writer.add_text("note", "hello", 3)
        writer.add_graph(cifar_quick(mt.nn), mt.rand(1, 3, 32, 32))
    read = EventAccumulator(str(tmp_path))
    read.Reload()
    tags = read.Tags()
    assert tags["scalars"] == ["loss"] and tags["histograms"] == ["weights"] and tags["images"] == ["picture"]
    assert tags["tensors"] == ["note/text_summary"] and tags["graph"] and tags["run_metadata"] == ["step1"]
    assert [(point.step, point.value) for point in read.Scalars("loss")] == [
        (step, pytest.approx(1 / (step + 1))) for step in range(4)
    ]
    (bars,) = read.Histograms("weights")
    assert sum(bars.histogram_value.bucket) == 3 and bars.histogram_value.max == 3
    (picture,) = read.Images("picture")
    np.testing.assert_array_equal(pixels(picture.encoded_image_string), BYTES.transpose(1, 2, 0))
    (note,) = read.Tensors("note/text_summary")
    assert note.tensor_proto.string_val == [b"hello"]


# ------------------------------------------------------------------------------------------------ the graph


def graph(model, *inputs, **options):
    """The nodes that add_graph leaves, by name, read back from the file."""
    library, Writer = BOTH[isinstance(model, torch.nn.Module)]
    with TemporaryDirectory() as folder:
        with Writer(folder) as writer:
            writer.add_graph(model, inputs, **options)
        (written,) = [event.graph_def for _, event in events(folder) if event.HasField("graph_def")]
    nodes = {node.name: node for node in GraphDef.FromString(written).node}
    if library is mt:  # torch's has edges from nodes that it left out
        assert all(source in nodes for node in nodes.values() for source in node.input)
    return nodes


def shape(node):
    (shape,) = node.attr["_output_shapes"].list.shape
    return [dim.size for dim in shape.dim]


def scope(name):
    return name.rpartition("/")[0]


def results(nodes):
    """{scope: shape of the last that is computed there}."""
    computed = [node for node in nodes.values() if node.op not in ("Parameter", "IO Node")]
    return {scope(node.name): shape(node) for node in computed if node.attr["_output_shapes"].list.shape}


def block_net(nn):
    library = mt if nn is mt.nn else torch

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.drop = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5)

        def forward(self, x):
            return library.relu(self.drop(self.norm(self.conv(x))) + x)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.ReLU(inplace=True), Block(), nn.Identity(), Block())
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            return self.fc(self.features(x).mean((2, 3)))

    return Net()


@pytest.mark.parametrize(("network", "size"), [(cifar_quick, (2, 3, 32, 32)), (block_net, (2, 4, 5, 6))])
def test_graph_has_torchs_scopes_and_shapes(network, size):
    nodes, theirs = graph(network(mt.nn), mt.rand(size)), graph(network(torch.nn), torch.rand(size))
    ends = {name: shape(node) for name, node in nodes.items() if node.op == "IO Node"}
    assert ends == {"input/input.1": list(size), "output/output.1": results(theirs).popitem()[1]}
    mine, expected = results(nodes), results(theirs)
    expected.pop("Net/Sequential[features]/Identity[2]", None)  # torch's trace passes over it
    mine.pop("Net/Sequential[features]/Identity[2]", None)
    assert mine == expected


def test_graph_of_the_tutorials_network():
    net = cifar_quick(mt.nn)
    nodes = graph(net, mt.rand(1, 3, 32, 32))
    assert nodes["Sequential/Conv2d[0]/Convolution"].input == [
        "input/input.1", "Sequential/Conv2d[0]/weight", "Sequential/Conv2d[0]/bias"
    ]  # fmt: skip
    assert nodes["output/output.1"].input == ["Sequential/Linear[8]/Addmm"]
    drawn = {name: shape(node) for name, node in nodes.items() if node.op == "Parameter"}
    assert drawn == {
        f"Sequential/{type(layer).__name__}[{i}]/{name}": list(parameter.shape)
        for i, layer in enumerate(net)
        for name, parameter in layer.named_parameters()
    }


def test_every_operator_is_connected():
    nodes = graph(block_net(mt.nn), mt.rand(2, 4, 5, 6))
    block = "Net/Sequential[features]/Block[1]"
    assert nodes[f"{block}/Dropout[drop]/Dropout"].input == [f"{block}/BatchNorm2d[norm]/NativeBatchNorm"]
    assert nodes[f"{block}/Add"].input[0] == f"{block}/Dropout[drop]/Dropout"
    assert scope(nodes[f"{block}/Add"].input[1]) == "Net/Sequential[features]/ReLU[0]"
    assert nodes["Net/Sequential[features]/Identity[2]/Identity"].input == [f"{block}/Relu"]
    assert all(node.input for node in nodes.values() if node.op not in ("Parameter", "IO Node") or "out" in node.name)


class Pair(mt.nn.Module):
    """A module used twice, two inputs, parameters of its own, results in a container."""

    def __init__(self, container=tuple):
        super().__init__()
        self.container, self.shared = container, mt.nn.ModuleDict({"a/b:c": mt.nn.Linear(3, 3)})
        self.scale = mt.nn.Parameter(mt.ones(3))

    def forward(self, x, y):
        layer = self.shared["a/b:c"]
        return self.container([("s", layer(x) * self.scale), ("d", layer(y))]) if self.container is dict else (
            self.container([layer(x) * self.scale, layer(y)])
        )  # fmt: skip


def test_graph_of_two_inputs_and_a_shared_module():
    nodes = graph(Pair(), mt.rand(2, 3), mt.rand(4, 3))
    layer = "Pair/ModuleDict[shared]/Linear[a_b_c]"
    assert [nodes[f"{layer}/{op}"].input[0] for op in ("Addmm", "Addmm_1")] == ["input/input.1", "input/input.2"]
    assert [nodes[f"output/output.{i}"].input for i in (1, 2)] == [["Pair/Mul"], [f"{layer}/Addmm_1"]]
    assert shape(nodes["output/output.2"]) == [4, 3] and "Pair/scale" in nodes[nodes["output/output.1"].input[0]].input
    assert sum(node.op == "Parameter" for node in nodes.values()) == 3


@pytest.mark.parametrize("container", [list, dict])
def test_lists_and_dictionaries_only_if_not_strict(container, tmp_path):
    assert "output/output.2" in graph(Pair(container), mt.rand(2, 3), mt.rand(2, 3), use_strict_trace=False)
    with SummaryWriter(tmp_path) as writer, pytest.raises(RuntimeError, match="use_strict_trace=False"):
        writer.add_graph(Pair(container), [mt.rand(2, 3), mt.rand(2, 3)])


def test_drawing_changes_nothing():
    net = block_net(mt.nn)
    net.fc.requires_grad_(False)
    net.features[1].eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    modes = [(module.training, dict(module._forward_hooks)) for module in net.modules()]
    x = mt.rand(2, 4, 5, 6) - 0.5
    kept = x.clone()
    with mt.no_grad():
        nodes = graph(net, x)
    assert {"Net/Linear[fc]/weight", "Net/Linear[fc]/Addmm"} <= nodes.keys()
    assert mt.equal(x, kept) and not x.requires_grad and not net.fc.weight.requires_grad
    assert net.features[1].conv.weight.requires_grad and net.features[1].conv.weight.grad is None
    assert modes == [(module.training, dict(module._forward_hooks)) for module in net.modules()]
    assert all(mt.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_a_failing_model_is_left_as_it_was(tmp_path):
    net = cifar_quick(mt.nn)
    with SummaryWriter(tmp_path) as writer, pytest.raises(RuntimeError):
        writer.add_graph(net, mt.rand(1, 4, 32, 32))
    assert net.training and net[0].training and not net[0]._forward_hooks and not net[0]._forward_pre_hooks


def test_verbose_prints_the_graph(tmp_path, capsys):
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(mt.nn.Sequential(mt.nn.ReLU()), mt.rand(2), verbose=True)
    assert capsys.readouterr().out.splitlines() == [
        "input/input.1 = IO Node()",
        "Sequential/ReLU[0]/Relu = Relu(input/input.1)",
        "output/output.1 = IO Node(Sequential/ReLU[0]/Relu)",
    ]


# ------------------------------------------------------------------------------------------------ folders and files


@pytest.mark.parametrize("Writer", [SummaryWriter, TorchWriter])
def test_default_folder(Writer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Writer(comment="_lr_0.1") as writer:
        pass
    (folder,) = Path("runs").iterdir()
    assert str(folder) == writer.log_dir == writer.get_logdir()
    assert re.fullmatch(rf"[A-Z]\w\w\d\d_\d\d-\d\d-\d\d_{re.escape(socket.gethostname())}_lr_0.1", folder.name)


@pytest.mark.parametrize("Writer", [SummaryWriter, TorchWriter])
def test_flush_close_and_open_again(Writer, tmp_path):
    def steps():
        return [event.step for _, event in events(tmp_path) if event.summary.value]

    writer = Writer(tmp_path)
    assert writer.get_logdir() is tmp_path
    writer.add_scalar("a", 1, 1)
    writer.flush()
    assert steps() == [1]
    writer.add_scalar("a", 1, 2)
    writer.close()
    writer.close()
    writer.flush()
    assert steps() == [1, 2]
    writer.add_scalar("a", 1, 3)  # begins another file
    writer.close()
    assert steps() == [1, 2, 3] and len(list(tmp_path.iterdir())) == 2


def test_what_was_not_closed_is_written_at_the_end(tmp_path):
    code = (
        "import sys\n"
        "from minitorch_edu.utils.tensorboard import SummaryWriter\n"
        "writer = SummaryWriter(sys.argv[1])\n"
        "for step in range(7):\n"
        "    writer.add_scalar('a', step, step)\n"
        "writer.add_scalars('b', {'x': 1}, 7)\n"
        "assert not {'torch', 'torchvision', 'matplotlib'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
    assert sorted(event.step for _, event in events(tmp_path) if event.summary.value) == list(range(8))


# ------------------------------------------------------------------------------------------------ errors

REFUSED = {
    "several numbers": (lambda w, t: w.add_scalar("loss", t.ones(2, 3)),
                        ["add_scalar()", "'loss'", "[2, 3]", "mean()"]),
    "several in one": (lambda w, t: w.add_scalars("m", {"a": t.ones(2)}), ["add_scalars()", "'m'", "[2]"]),
    "a list": (lambda w, t: w.add_scalar("loss", [1]), ["add_scalar()", "'loss'", "list"]),
    "channels last": (lambda w, t: w.add_image("i", t.ones(32, 30, 3)),
                      ["add_image()", "dataformats='CHW'", "[32, 30, 3]", "channels, height, width", "'HWC'"]),
    "no channels": (lambda w, t: w.add_image("i", t.ones(32, 30)), ["'CHW'", "3 axes", "[32, 30]", "fits", "'HW'"]),
    "a batch": (lambda w, t: w.add_image("i", t.ones(4, 3, 8, 9)), ["'CHW'", "[4, 3, 8, 9]", "'NCHW'"]),
    "one picture": (lambda w, t: w.add_images("i", t.ones(3, 8, 9)), ["add_images()", "'NCHW'", "[3, 8, 9]", "'CHW'"]),
    "five channels": (lambda w, t: w.add_image("i", t.ones(5, 8, 9)), ["1 to 4 channels", "[5, 8, 9]"]),
    "a batch of RGBA": (lambda w, t: w.add_images("i", t.ones(2, 4, 8, 9)), ["1 or 3 channels", "[2, 4, 8, 9]"]),
    "an empty picture": (lambda w, t: w.add_image("i", t.ones(3, 0, 9)), ["none of size 0", "[3, 0, 9]"]),
    "a letter twice": (lambda w, t: w.add_image("i", t.ones(3, 8, 9), dataformats="CHH"), ["'CHH'", "once"]),
    "no value": (lambda w, t: w.add_histogram("h", t.ones(0)), ["add_histogram()", "'h'", "empty"]),
    "no number": (lambda w, t: w.add_histogram("h", t.ones(2) * float("nan")), ["add_histogram()", "'h'", "nan"]),
    "no bins": (lambda w, t: w.add_histogram("h", t.ones(2), max_bins=0), ["max_bins", "0"]),
    "no text": (lambda w, t: w.add_text("t", 3), ["add_text()", "int"]),
    "no figure": (lambda w, t: w.add_figure("f", "figure"), ["add_figure()", "str"]),
    "figures of two sizes": (lambda w, t: w.add_figure("f", [draw_figure(), draw_figure(3)]), ["(120, 160)"]),
    "no dictionary": (lambda w, t: w.add_hparams(["lr"], {}), ["add_hparams()", "hparam_dict", "list"]),
    "no metrics": (lambda w, t: w.add_hparams({}, None), ["metric_dict", "NoneType"]),
    "a list to tune": (lambda w, t: w.add_hparams({"sizes": [1, 2]}, {}), ["'sizes'", "list", "str(...)"]),
    "another's domain": (lambda w, t: w.add_hparams({"lr": 0.1}, {}, {"lr": ["a"]}), ["'lr'", "['a']"]),
    "no model": (lambda w, t: w.add_graph(t.sin, t.ones(2)), ["add_graph()", "Module"]),
    "no input": (lambda w, t: w.add_graph(t.nn.ReLU()), ["input_to_model", "NoneType"]),
    "an input of lists": (lambda w, t: w.add_graph(t.nn.ReLU(), (1.0,)), ["input_to_model[0]", "float"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_calls_are_explained(name, tmp_path):
    call, words = REFUSED[name]
    with TorchWriter(tmp_path / "theirs") as writer, pytest.raises(Exception) as theirs:
        call(writer, torch)
    with SummaryWriter(tmp_path / "ours") as writer:
        with pytest.raises((AssertionError, NotImplementedError, TypeError, ValueError)) as raised:
            call(writer, mt)
    if theirs.type in (AssertionError, NotImplementedError):  # torch's own checks; the others may come from below
        assert raised.type is theirs.type
    assert all(word in str(raised.value) for word in words), raised.value
    assert not any(event.summary.value for _, event in events(tmp_path / "ours"))


def test_nothing_recorded_is_an_error(tmp_path):
    class Lost(mt.nn.Module):
        def forward(self, x):
            return x.detach() * 2

    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(RuntimeError, match="nothing was recorded"):
            writer.add_graph(Lost(), mt.ones(2))
        with mt.inference_mode(), pytest.raises(RuntimeError, match="inference_mode"):
            writer.add_graph(mt.nn.Linear(2, 2), mt.ones(2))


def test_every_method_of_torchs_is_there_or_named(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for name in (name for name in dir(TorchWriter) if name[0] != "_"):
            if not hasattr(SummaryWriter, name):
                with pytest.raises(AttributeError, match=f"'{name}': minitorch_edu has none; "):
                    getattr(writer, name)
        with pytest.raises(AttributeError, match="no attribute 'add_nothing'$"):
            writer.add_nothing  # noqa: B018


# ------------------------------------------------------------------------------------------------ importing


def run(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_nothing_else_loads_tensorboard():
    run(
        "import sys, minitorch_edu as torch, minitorch_edu.utils.data, minitorch_edu.training.loop\n"
        "assert 'tensorboard' not in sys.modules and not hasattr(torch.utils, 'tensorboard')\n"
    )


def test_attribute_after_the_explicit_import():
    said = run(
        "import minitorch_edu as torch\n"
        "try: torch.utils.tensorboard\n"
        "except AttributeError as error: print(error)\n"
        "from minitorch_edu.utils.tensorboard import SummaryWriter\n"
        "assert torch.utils.tensorboard.SummaryWriter is SummaryWriter\n"
    )
    assert "from minitorch_edu.utils.tensorboard import SummaryWriter" in said


def test_without_the_package():
    said = run(
        "import sys\n"
        "sys.modules['tensorboard'] = None\n"
        "try: from minitorch_edu.utils.tensorboard import SummaryWriter\n"
        "except ImportError as error: print(error)\n"
    )
    assert "pip install tensorboard" in said


def test_example_in_the_docstring():
    results = doctest.testmod(sys.modules[SummaryWriter.__module__])
    assert results.attempted >= 4 and results.failed == 0
    assert ours.__all__ == ["SummaryWriter"]


# ------------------------------------------------------------------------------------------------ TensorBoard itself


@pytest.fixture
def tensorboard(tmp_path):
    """A function that starts TensorBoard on a folder and returns its address."""
    started = []

    def start(folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["--logdir", folder, "--host", "127.0.0.1", "--port", str(port), "--load_fast", "false"]
        started.append(subprocess.Popen([sys.executable, "-m", "tensorboard.main", *options], stderr=subprocess.PIPE))
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            assert started[-1].poll() is None, started[-1].stderr.read().decode()
            try:
                if fetch(f"{address}/data/plugin/graphs/info") != "{}":
                    return address
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError("TensorBoard did not find the run within 20 s")

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def test_tensorboard_shows_the_graph(tensorboard, tmp_path):
    with SummaryWriter(tmp_path / "runs" / "first") as writer:
        writer.add_scalar("loss", 0.5, 1)
        writer.add_graph(cifar_quick(mt.nn), mt.rand(1, 3, 32, 32))
    address = tensorboard(tmp_path / "runs")
    shown = text_format.Parse(fetch(f"{address}/data/plugin/graphs/graph?run=first&conceptual=false"), GraphDef())
    assert "Sequential/Conv2d[0]/Convolution" in {node.name for node in shown.node}
    assert '"loss"' in fetch(f"{address}/data/plugin/scalars/tags")

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("TensorBoard reads the folder; no chromium here to open its page in")
    picture = tmp_path / "page.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000", "--virtual-time-budget=15000",
               f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}"]  # fmt: skip
    subprocess.run([chromium, *options, f"{address}/#graphs&run=first"], timeout=25, capture_output=True, check=True)
    page = np.asarray(Image.open(picture).convert("RGB"), int)
    drawing = page[130:400, 370:600]  # right of the menus, below the title: three boxes, input and output in blue
    blue = drawing[..., 2] > drawing[..., 0] + 20
    assert blue.sum() > 2000, f"no boxes drawn; see {picture}"
