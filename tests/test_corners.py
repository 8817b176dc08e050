"""Corners that drawn calls seldom reach, found by the mutation run."""

import inspect
import math
import warnings

import numpy as np
import pytest
import torch

import minitorch_edu as mt


def test_input_by_name():
    def seen(library):
        x = library.ones(2, 3, requires_grad=True)
        y = x * 1
        library.t(input=y)[0] = 0
        library.transpose(input=y, dim0=0, dim1=1)[1] = 2
        return y, *library.autograd.grad(y.sum(), [x])

    for ours, theirs in both(seen):
        np.testing.assert_array_equal(ours, theirs)


def test_gradient_that_backward_changes_is_no_longer_the_one_that_was_used():
    for library in (mt, torch):
        x, w = library.ones(2, requires_grad=True), library.ones(2, requires_grad=True)
        (x * 2).sum().backward()
        y = (x.grad * w).sum()
        (x * 2).sum().backward()
        with pytest.raises(RuntimeError, match="inplace operation.* is at version 1; expected version 0"):
            y.backward()


def test_backward_to_one_tensor():
    x, w = mt.ones(2, requires_grad=True), mt.ones(2, requires_grad=True)
    (x * w).sum().backward(inputs=x)
    assert x.grad.tolist() == [1, 1] and w.grad is None


def test_one_unused_input_of_two():
    x, unused = mt.ones(2, requires_grad=True), mt.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        mt.autograd.grad(x.sum(), [x, unused])
    assert mt.autograd.grad(x.sum(), [x, unused], allow_unused=True)[1] is None


def test_infinite_slope_and_gradient_at_the_kink():
    def gradient(library):
        x, weight = library.zeros(2, requires_grad=True), library.tensor([np.inf], requires_grad=True)
        y = library.nn.functional.prelu(x, weight)
        return y, *library.autograd.grad(y, [x, weight], library.tensor([1.0, np.inf]))

    for ours, theirs in both(gradient):
        np.testing.assert_array_equal(ours, theirs)


def test_transposed_convolution_whose_windows_are_all_cut_off():
    def convolved(library):
        x, weight = library.ones(1, 1, 1, requires_grad=True), library.ones(1, 1, 1, requires_grad=True)
        y = library.nn.functional.conv_transpose1d(x, weight, stride=2, padding=2, output_padding=9, dilation=10)
        return y, *library.autograd.grad(y.sum(), [x, weight])

    for ours, theirs in both(convolved):
        np.testing.assert_array_equal(ours, theirs)


def test_scattered_part_of_a_larger_source():
    for name in ("scatter", "scatter_add"):
        source = mt.ones(2, 3, requires_grad=True)
        getattr(mt, name)(mt.zeros(2, 4), 1, mt.tensor([[3, 1]]), source).sum().backward()
        assert source.grad.tolist() == [[1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(("name", "fitting"), [("dropout2d", (4,)), ("dropout3d", (4, 5))])
def test_dropout_of_channels_warns_of_other_shapes(name, fitting):
    for axes in (2, 3, 4, 5):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            getattr(mt.nn.functional, name)(mt.ones(*[1] * axes))
        assert [one.filename for one in caught] == [__file__] * (axes not in fitting), axes


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_softmax_without_an_axis_warns_and_chooses(name):
    for axes in range(5):
        x = np.random.RandomState(0).rand(*[3] * axes)
        found = []
        for library in (mt, torch):
            with pytest.warns(UserWarning, match="Implicit dimension choice for") as caught:
                found.append(getattr(library.nn.functional, name)(library.tensor(x), None).numpy())
            assert caught[0].filename == __file__
        np.testing.assert_allclose(*found, rtol=1e-12)
    layer = {"softmax": mt.nn.Softmax, "log_softmax": mt.nn.LogSoftmax, "softmin": mt.nn.Softmin}[name]
    with pytest.warns(UserWarning, match="Implicit dimension choice for") as caught:
        layer()(mt.ones(2))
    assert caught[0].filename == __file__


def test_copy_of_a_tensor_warns():
    with pytest.warns(UserWarning, match="copy construct") as caught:
        mt.tensor(mt.ones(1))
    assert caught[0].filename == __file__


NUMBERED = {  # functions whose nodes torch numbers by the form of the call
    "clamp": lambda torch, x: [x.clamp(0.5), x.clamp(min=x.detach()), x.clamp(max=x.detach()), x.clamp(0.1, 0.2)],
    "pow": lambda torch, x: [x**2, x**x, 2**x],
    "lerp": lambda torch, x: [x.lerp(x, 0.5), x.lerp(x, x)],
    "sort": lambda torch, x: [x.sort()[0], x.sort(stable=True)[0]],
    "diag": lambda torch, x: [torch.diag(x), torch.diag(x[0])],
    "pad": lambda torch, x: [
        torch.nn.functional.pad(x, (1, 1), mode) for mode in ("constant", "reflect", "replicate")
    ] + [torch.nn.functional.pad(x[None], (1, 1, 1, 1), mode) for mode in ("reflect", "replicate")],
    "nll_loss": lambda torch, x: [
        torch.nn.functional.nll_loss(x.reshape(2, 2, *more), torch.tensor([0, 1]).reshape(2, *more))
        for more in ((), (1,), (1, 1))
    ],
    "linear": lambda torch, x: [
        torch.nn.functional.linear(*call) for call in ((x, x), (x, x, x[0]), (x[None], x, x[0]))
    ],
    "reductions": lambda torch, x: [x.sum(), x.sum(0), x.mean(), x.mean(0), x.prod(), x.prod(0), x.max(), x.max(0)[0],
                                    x.median(), x.median(0)[0], x.var(), x.std(0), x.amax(0), x.norm(), x.norm(dim=0)],
    "losses": lambda torch, x: [
        getattr(torch.nn.functional, name)(x, target, **options, **reduction)
        for name, target, options in (
            ("l1_loss", x[0], {}), ("l1_loss", x.detach(), {"weight": x.detach()}),
            ("mse_loss", x, {}), ("mse_loss", x, {"weight": x.detach()}),
            ("kl_div", x.detach(), {}), ("kl_div", x, {"log_target": True}),
            ("cross_entropy", torch.tensor([0, 1]), {}), ("cross_entropy", x.detach(), {}),
            ("cross_entropy", torch.tensor([0, 1]), {"label_smoothing": 0.1}),
        )
        for reduction in ({"reduction": "none"}, {}, {"reduction": "sum"}, {"size_average": False}, {"reduce": False})
    ] + [torch.nn.functional.kl_div(x, x, reduction="batchmean")],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NUMBERED)
def test_nodes_have_torchs_numbers(name):
    names = []
    for library in (mt, torch):
        x = library.tensor([[0.3, 0.6], [0.2, 0.9]], requires_grad=True)
        names.append([y.grad_fn.name() for y in NUMBERED[name](library, x)])
    assert names[0] == names[1]


def both(function):
    """What a function of a library gives, as arrays: ours, torch's."""
    found = []
    for library in (mt, torch):
        given = function(library)
        found.append([each.detach().numpy() for each in (given if isinstance(given, (list, tuple)) else [given])])
    return zip(*found)


def test_gradient_of_class_weights():
    random = np.random.RandomState(0)
    for shape in ((4, 3), (2, 3, 5)):
        x, target = random.rand(*shape), random.rand(*shape)
        for options in ({}, {"label_smoothing": 0.3}, {"reduction": "sum"}):

            def gradients(library, x=x, target=target, options=options):
                weight = library.tensor([0.5, 1.0, 2.0], dtype=library.float64, requires_grad=True)
                loss = library.nn.functional.cross_entropy(library.tensor(x), library.tensor(target), weight, **options)
                return library.autograd.grad(loss, [weight])

            for ours, theirs in both(gradients):
                np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_median_of_nothing():
    for library in (mt, torch):
        x = library.ones(0, requires_grad=True)
        y = x.median()
        y.backward()
        assert np.isnan(y.item()) and x.grad.shape == (0,)
    assert mt.tensor([5.0, 1.0, 3.0]).median().item() == 3


def test_maxima_of_bins_with_nan():
    x = np.random.RandomState(0).rand(1, 2, 7)
    x[0, 0, 1:3] = np.nan
    x[0, 1, 2:5] = np.inf
    for count in (1, 2, 3, 5):
        for ours, theirs in both(
            lambda torch, n=count: torch.nn.functional.adaptive_max_pool1d(torch.tensor(x), n, return_indices=True)
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "name", ["adaptive_avg_pool1d", "adaptive_max_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d"]
)
def test_no_bins(name):  # torch cannot differentiate this
    x = np.ones((2, 3, 4, 5) if "2d" in name else (2, 3, 4))
    for ours, theirs in both(lambda torch: getattr(torch.nn.functional, name)(torch.tensor(x), 0)):
        np.testing.assert_array_equal(ours, theirs, strict=True)


def test_erf_where_its_formulas_meet():
    x = np.array([-4, -0.46875, 0.46875, 4])
    for ours, theirs in both(lambda torch: torch.erf(torch.tensor(x))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-15)


def test_norm_of_one_number():
    for ours, theirs in both(lambda torch: torch.nn.functional.layer_norm(torch.tensor([[3.0], [-2.0]]), (1,))):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("training", [True, False])
def test_norm_of_no_channels(training):
    for ours, theirs in both(
        lambda torch: torch.nn.functional.batch_norm(
            torch.ones(2, 0, 3), torch.ones(0), torch.ones(0), training=training
        )
    ):
        np.testing.assert_array_equal(ours, theirs, strict=True)


def test_index_that_is_a_tensor_without_axes():
    x = mt.zeros(2, 3)
    x[mt.tensor(1)][0] = 5
    assert x.tolist() == [[0, 0, 0], [5, 0, 0]]
    for ours, theirs in both(lambda torch: torch.tensor(3.0).index_select(0, torch.tensor([0]))):
        np.testing.assert_array_equal(ours, theirs)


def test_index_that_names_no_place():
    x = mt.ones(2, 3)
    assert x[[]].shape == (0, 3) and x[[], 0].shape == (0,)
    assert x.gather(1, mt.zeros(0, dtype=mt.int64)).shape == (0,)


@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
@pytest.mark.parametrize("index", [[0, None], [..., 0], [0, ...]])
def test_index_that_is_a_list_of_parts(index):
    for ours, theirs in both(lambda torch: torch.arange(6).reshape(2, 3)[index]):
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_there_once():
    for library in (mt, torch):
        x = library.tensor([float("nan"), 1.0, float("nan"), 1.0])
        values = library.unique(x)
        assert isinstance(values, library.Tensor) and values.shape == (3,)


def test_plateau_stays_where_less_than_eps_is_gained():
    for library in (mt, torch):
        sgd = library.optim.SGD([library.ones(1)], lr=0.5)
        scheduler = library.optim.lr_scheduler.ReduceLROnPlateau(sgd, factor=0.5, patience=0, eps=0.25)
        for _ in range(3):
            scheduler.step(1.0)
        assert sgd.param_groups[0]["lr"] == 0.5


def test_plateau_where_nothing_is_gained():
    for library in (mt, torch):
        sgd = library.optim.SGD([library.ones(1)], lr=0.5)
        scheduler = library.optim.lr_scheduler.ReduceLROnPlateau(sgd, factor=0.5, patience=0, threshold=0)
        for _ in range(2):
            scheduler.step(1.0)
        assert sgd.param_groups[0]["lr"] == 0.25


def test_mask_that_is_changed_before_the_gradient_is_asked_for():
    for pick, expected in ((mt.masked_select, [1, 0]), (lambda x, mask: mt.masked_fill(x, mask, 0), [0, 1])):
        x, mask = mt.ones(2, requires_grad=True), mt.tensor([True, False])
        y = pick(x, mask)
        mask[0] = False
        y.sum().backward()
        assert x.grad.tolist() == expected


def test_one_number_of_another_dtype_where_a_mask_says():
    for library in (mt, torch):
        x = library.zeros(3)
        x[library.tensor([True, False, True])] = library.tensor(2)
        assert x.tolist() == [2, 0, 2]


def test_functions_keep_their_names():
    for name in ("relu", "elu", "silu", "hardtanh"):
        function = getattr(mt.nn.functional, name)
        assert (function.__name__, function(mt.ones(1)).shape) == (name, (1,))
    for name in ("add", "eq"):
        method = getattr(mt.Tensor, name + "_")
        assert method(mt.ones(1), 1).shape == (1,) and method.__name__ == name + "_"
        assert method.__doc__.startswith(f"In-place form of `{name}`")
    assert mt.optim.SGD.step.__name__ == "step" and mt.flip.__name__ == "flip"


def test_infinite_norm_shares_its_gradient():
    def gradient(library):
        x = library.tensor([[2.0, -2.0, 1.0], [3.0, 1.0, 0.0]], requires_grad=True)
        return library.autograd.grad(library.norm(x, float("inf"), dim=1).sum(), [x])

    for ours, theirs in both(gradient):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("stride", [1, 2])
def test_maxima_of_minus_infinity_are_not_in_the_padding(stride):
    for ours, theirs in both(
        lambda torch: torch.nn.functional.max_pool2d(
            torch.full((1, 1, 3, 3), float("-inf")), 2, stride, padding=(1, 0), return_indices=True
        )
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_maxima_of_whole_numbers():
    x = np.random.RandomState(0).randint(-9, -1, (1, 4, 5))
    for ours, theirs in both(lambda torch: torch.nn.functional.max_pool2d(torch.tensor(x), 2, 1, padding=1)):
        np.testing.assert_array_equal(ours, theirs)


def test_plateau_warns_of_epochs_only():
    scheduler = mt.optim.lr_scheduler.ReduceLROnPlateau(mt.optim.SGD([mt.ones(1)]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step(1.0)
    with pytest.warns(UserWarning, match="epoch parameter") as caught:
        scheduler.step(1.0, 3)
    assert caught[0].filename == __file__


def test_median_of_lanes_with_nan():
    x = np.array([[1.0, np.nan, 0.0, np.nan], [3.0, 1.0, 2.0, 0.0]])
    for ours, theirs in both(lambda torch: torch.median(torch.tensor(x), 1)):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("view", [lambda x: x.t(), lambda x: x.view(3, 2), lambda x: x.reshape(3, 2)])
def test_what_is_written_into_a_view_has_no_gradient_left(view):
    def gradient(library):
        x = library.ones(2, 3, requires_grad=True)
        y = x * 1
        view(y)[0] = 0
        return library.autograd.grad(y.sum(), [x])

    for ours, theirs in both(gradient):
        np.testing.assert_array_equal(ours, theirs)


def test_one_number_in_a_tuple_counts_for_every_axis():
    x = np.random.RandomState(0).rand(1, 2, 5, 6)
    for ours, theirs in both(
        lambda torch: [
            torch.nn.functional.max_pool2d(torch.tensor(x), (3,), stride=(2,), padding=(1,)),
            torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(x[..., :2, :2]), stride=[2], dilation=(2,)),
        ]
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


SMALL = [[1.0, -3.0, math.inf, 2.0], [0.5, -0.25, 4.0, -1.0]]


@pytest.mark.parametrize("made", [
    lambda torch: torch.tensor(SMALL).norm(-math.inf, 1), lambda torch: torch.tensor(SMALL).median(),
    lambda torch: torch.zeros(2, 3, 4, 5).flatten(0, 1), lambda torch: torch.zeros(2, 3, 4, 5).flatten(1, 2),
    lambda torch: torch.zeros(0, 2).split(0)[0],
])  # fmt: skip
def test_drawn_too_seldom(made):
    ours, theirs = made(mt), made(torch)
    assert ours.shape == tuple(theirs.shape) and ours.tolist() == theirs.tolist()


def test_wrapped_functions_keep_their_signatures():
    """What help() shows of methods that are made of functions."""
    for method, names in ((mt.Tensor.mul_, "input other"), (mt.Tensor.reshape, "input shape")):
        assert list(inspect.signature(method).parameters) == names.split()
    assert mt.optim.SGD.step.__doc__.startswith("Update every parameter")


def test_a_picture_that_is_read_backwards_is_refused():
    """The usual one is OpenCV's: from blue, green, red to red, green, blue by [:, :, ::-1]."""
    from reference.torchvision import torchvision

    for transforms in (mt.vision.transforms, torchvision.transforms):
        with pytest.raises(ValueError, match="stride .* is negative"):
            transforms.ToTensor()(np.zeros((4, 5, 3), np.uint8)[:, :, ::-1])
