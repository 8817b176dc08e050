"""Modules beside torch's: registering, naming, saving, loading, hooks, printing, copying; and what goes wrong."""

import copy
import pickle
import re
from collections import OrderedDict

import numpy as np
import pytest
import torch

import minitorch_edu as mt
from minitorch_edu import nn
from minitorch_edu.models import cifar_quick

BOTH = pytest.mark.parametrize("lib", [mt, torch], ids=["ours", "torch"])


def small(nn):
    """A network with every kind of thing in it."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 3, 3, bias=False)
            self.norm = nn.BatchNorm2d(3)
            self.absent = None
            self.scale = nn.Parameter(nn.Linear(3, 1).weight.detach().reshape(3, 1, 1))

        def forward(self, x):
            return self.norm(self.conv(x)) * self.scale

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()
            self.tail = nn.Sequential(OrderedDict(act=nn.ReLU(), flat=nn.Flatten(), fc=nn.Linear(12, 4)))
            self.extra = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.Tanh()])
            self.more = nn.ModuleDict({"a": nn.PReLU(2), "b": self.tail.fc})

        def forward(self, x):
            return self.tail(self.block(x))

    return Net()


def both(make):
    """The same thing made of our nn and of torch's, from one seed."""
    made = []
    for lib in (mt, torch):
        lib.manual_seed(3)
        made.append(make(lib.nn))
    return made


def arrays(tensors):
    return {name: tensor.detach().numpy() for name, tensor in dict(tensors).items()}


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for name in theirs:
        assert ours[name].dtype == theirs[name].dtype and np.array_equal(ours[name], theirs[name]), name


def message(function):
    with pytest.raises(Exception) as caught:
        function()
    return type(caught.value), str(caught.value)


def same_error(function):
    """function(lib) raises the same error, in the same words up to the names of the libraries, from both."""
    ours, theirs = (message(lambda lib=lib: function(lib)) for lib in (mt, torch))
    plain = re.sub(r"torch\.nn\.modules", "minitorch_edu.nn", theirs[1])
    assert ours[0] is theirs[0] and ours[1].startswith(plain), f"\n ours: {ours}\ntorch: {theirs}"


# ------------------------------------------------------------------------------------------------ the tree


def test_names_and_order():
    ours, theirs = both(small)
    for walk in (
        lambda net: [name for name, _ in net.named_parameters()],
        lambda net: [name for name, _ in net.named_parameters("net", remove_duplicate=False)],
        lambda net: [name for name, _ in net.named_parameters(recurse=False)],
        lambda net: [name for name, _ in net.named_buffers()],
        lambda net: [(name, type(m).__name__) for name, m in net.named_modules()],
        lambda net: [name for name, _ in net.named_modules(prefix="net", remove_duplicate=False)],
        lambda net: [name for name, _ in net.named_children()],
        lambda net: [len(list(net.parameters())), len(list(net.buffers())), len(list(net.modules()))],
        lambda net: list(net.state_dict()),
        lambda net: dict(net.state_dict()._metadata),
        lambda net: [type(m).__name__ for m in net.children()],
        lambda net: net.get_submodule("block.norm").num_features,
        lambda net: tuple(net.get_parameter("block.scale").shape),
        lambda net: net.get_buffer("block.norm.num_batches_tracked").item(),
        lambda net: [n for n in dir(net.block) if n in ("conv", "norm", "scale", "absent", "forward", "training")],
    ):
        assert walk(ours) == walk(theirs)
    same(arrays(ours.named_parameters()), arrays(theirs.named_parameters()))


@pytest.mark.parametrize("path", ["block.conw", "blok", "block.conv.weight"])
def test_get_submodule_errors(path):
    same_error(lambda lib: small(lib.nn).get_submodule(path))


@pytest.mark.parametrize("path", ["block.conv.wait", "block.conv", "block.conv.bias"])
def test_get_parameter_errors(path):
    same_error(lambda lib: small(lib.nn).get_parameter(path))
    same_error(lambda lib: small(lib.nn).get_buffer(path))


def test_prints_as_torch():
    for make in (small, cifar_quick):
        ours, theirs = both(make)
        assert str(ours) == str(theirs)
    holders = [
        lambda nn: nn.ParameterList([nn.Parameter(nn.Linear(2, 3).weight.detach()), 3]),
        lambda nn: nn.ParameterDict({"b": nn.Linear(2, 3).weight, "a": 3}),
        lambda nn: nn.Sequential(nn.Sequential(), nn.ModuleList(), nn.ModuleDict()),
        lambda nn: nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Tanh())] * 3 + [nn.ReLU()]),
    ]
    for make in holders:
        ours, theirs = both(make)
        assert str(ours) == str(theirs)
    ours, theirs = both(lambda nn: nn.Linear(2, 2).weight)
    assert repr(ours) == repr(theirs)


def test_the_networks_have_the_same_weights_and_outputs():
    ours, theirs = both(cifar_quick)
    same(arrays(ours.state_dict()), arrays(theirs.state_dict()))
    x = np.random.RandomState(0).standard_normal((2, 3, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(
        ours(mt.from_numpy(x)).detach().numpy(), theirs(torch.from_numpy(x)).detach().numpy(), rtol=0, atol=1e-6
    )
    assert sum(p.numel() for p in ours.parameters()) == 145_578


# ------------------------------------------------------------------------------------------------ registering


def forgets(lib, value):
    class Net(lib.nn.Module):
        def __init__(self):
            self.thing = value(lib.nn)

    return Net()


def with_weight(nn):
    net = nn.Module()
    net.weight, net.part = nn.Parameter(nn.Linear(1, 1).weight.detach()), nn.ReLU()
    net.register_buffer("kept", net.weight.detach().clone())
    return net


@pytest.mark.parametrize(
    "slip",
    [
        lambda lib: forgets(lib, lambda nn: nn.ReLU()),
        lambda lib: forgets(lib, lambda nn: nn.Linear(1, 1).weight),
        lambda lib: setattr(with_weight(lib.nn), "weight", 3),
        lambda lib: setattr(with_weight(lib.nn), "weight", lib.ones(1)),
        lambda lib: setattr(with_weight(lib.nn), "part", lib.ones(1)),
        lambda lib: setattr(with_weight(lib.nn), "kept", 3),
        lambda lib: setattr(with_weight(lib.nn), "kept", lib.nn.ReLU),
        lambda lib: with_weight(lib.nn).register_parameter("a.b", None),
        lambda lib: with_weight(lib.nn).register_parameter("", None),
        lambda lib: with_weight(lib.nn).register_parameter("part", None),
        lambda lib: with_weight(lib.nn).register_parameter(3, None),
        lambda lib: with_weight(lib.nn).register_parameter("new", lib.ones(1)),
        lambda lib: with_weight(lib.nn).register_parameter("new", lib.nn.Linear(1, 1).weight * 2),
        lambda lib: with_weight(lib.nn).register_buffer("a.b", None),
        lambda lib: with_weight(lib.nn).register_buffer("weight", None),
        lambda lib: with_weight(lib.nn).register_buffer("new", 3),
        lambda lib: with_weight(lib.nn).add_module("a.b", lib.nn.ReLU()),
        lambda lib: with_weight(lib.nn).add_module("new", 3),
        lambda lib: with_weight(lib.nn).wait,
        lambda lib: delattr(with_weight(lib.nn), "wait"),
        lambda lib: lib.nn.Linear(2, 3).wieght,
        lambda lib: lib.nn.Module()(3),
        lambda lib: lib.nn.Sigmoid(3),
        lambda lib: lib.nn.Sigmoid(inplace=3),
        lambda lib: lib.nn.Sequential(lib.nn.ReLU(), 3),
        lambda lib: lib.nn.Sequential(lib.nn.ReLU())[1],
        lambda lib: lib.nn.ModuleList(3),
        lambda lib: lib.nn.ModuleDict(3),
        lambda lib: lib.nn.ParameterList([])(),
        lambda lib: lib.nn.Unflatten(1, 2),
        lambda lib: lib.nn.Unflatten(1, (2, "a")),
        lambda lib: lib.nn.ReLU().train(3),
        lambda lib: lib.nn.ReLU().to(lib.int64),
        lambda lib: lib.nn.ReLU().load_state_dict([1]),
        lambda lib: lib.nn.utils.vector_to_parameters([1], []),
    ],
)
def test_slips_get_torchs_errors(slip):
    same_error(slip)


LAYERS = [name for name, thing in vars(mt.nn).items() if isinstance(thing, type) and name != "Identity"]


@pytest.mark.parametrize("name", LAYERS)  # all but Identity, which takes any argument
def test_a_layer_is_called_by_its_name_where_an_argument_is_wrong(name):
    with pytest.raises(TypeError, match=rf"^{name}\.\w+\(\) got an unexpected keyword argument 'wrong'"):
        getattr(mt.nn, name)(wrong=1)


def test_what_torch_has_and_we_do_not_is_named():
    with pytest.raises(AttributeError, match="minitorch_edu has none.*Tensor.register_hook"):
        nn.ReLU().register_full_backward_hook(print)
    with pytest.raises(AttributeError, match="'minitorch_edu.nn' has no attribute 'LSTM'; if torch has it"):
        nn.LSTM(3, 4)
    with pytest.raises(RuntimeError, match="torch itself"):
        nn.Linear(1, 1).cuda()
    with pytest.raises(RuntimeError, match="torch itself"):
        nn.Linear(1, 1).to("cuda:0")
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        nn.Parameter([1.0])


@BOTH
def test_assigning(lib):
    net = with_weight(lib.nn)
    net.weight = None
    assert net.weight is None and list(net.state_dict()) == ["kept"] and not list(net.parameters())
    net.weight = lib.nn.Parameter(lib.ones(2))
    assert list(net.state_dict()) == ["weight", "kept"]
    net.part = lib.nn.Parameter(lib.ones(2))  # a module becomes a parameter
    assert not list(net.children()) and len(list(net.parameters())) == 2
    net.plain = lib.ones(2)
    assert "plain" not in net.state_dict()
    net.kept = lib.zeros(3)
    assert tuple(net.state_dict()["kept"].shape) == (3,)
    net.register_buffer("scratch", lib.ones(1), persistent=False)
    assert "scratch" not in net.state_dict() and len(list(net.buffers())) == 2
    del net.weight
    assert not hasattr(net, "weight")
    assert not hasattr(net, "_never")


@BOTH
def test_modes_and_gradients(lib):
    net = small(lib.nn)
    assert net.training and net.eval() is net and not net.block.norm.training
    assert net.train().extra[0].training
    x = lib.ones(2, 2, 4, 4) * lib.arange(4)
    net(x).sum().backward()
    assert net.tail.fc.weight.grad is not None
    net.zero_grad(set_to_none=False)
    assert not net.tail.fc.weight.grad.numpy().any()
    net.zero_grad()
    assert net.tail.fc.weight.grad is None
    assert net.requires_grad_(False) is net and not any(p.requires_grad for p in net.parameters())
    seen = []
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen[:3] == ["Conv2d", "BatchNorm2d", "Block"] and seen[-1] == "Net"


@BOTH
def test_types(lib):
    net = small(lib.nn)
    weight = net.tail.fc.weight
    net(lib.ones(2, 2, 4, 4)).sum().backward()
    assert net.double() is net and net.tail.fc.weight is weight and weight.dtype is lib.float64
    assert weight.grad.dtype is lib.float64 and net.block.norm.running_mean.dtype is lib.float64
    assert net.block.norm.num_batches_tracked.dtype is lib.int64
    assert (
        net.to(lib.float32).tail.fc.bias.dtype is lib.float32
        and net.to(lib.ones(1).double()).tail.fc.bias.dtype is lib.float64
    )
    assert net.to("cpu", lib.float32).cpu().float() is net and net.to(device="cpu", dtype=lib.float64) is net
    assert weight.dtype is lib.float64 and weight.requires_grad and weight.is_leaf


# ------------------------------------------------------------------------------------------------ saving and loading


@BOTH
def test_state_dict_is_over_the_modules_memory(lib):
    net = small(lib.nn)
    state = net.state_dict()
    with lib.no_grad():
        net.tail.fc.bias.fill_(7)
    assert state["tail.fc.bias"].tolist() == [7] * 4 and not state["tail.fc.bias"].requires_grad
    assert net.state_dict(keep_vars=True)["tail.fc.bias"] is net.tail.fc.bias
    other = small(lib.nn)
    assert repr(other.load_state_dict(state)) == "<All keys matched successfully>"
    assert other.tail.fc.bias.tolist() == [7] * 4 and other.tail.fc.bias is not net.tail.fc.bias
    assert (
        state["block.norm.num_batches_tracked"].dtype is lib.int64 and state["block.norm.num_batches_tracked"].ndim == 0
    )


def changed(lib, change):
    net = small(lib.nn)
    state = OrderedDict(net.state_dict())
    change(state, lib)
    return lambda strict=True: small(lib.nn).load_state_dict(state, strict=strict)


def lose(state, lib):
    del state["tail.fc.bias"], state["block.norm.running_mean"]
    state["tail.fc.wait"], state["head.weight"] = lib.ones(1), lib.ones(1)


def reshape(state, lib):
    state["tail.fc.weight"], state["block.scale"] = lib.ones(2, 4), lib.ones(())


def spoil(state, lib):
    lose(state, lib)
    state["tail.fc.weight"] = 3
    reshape(state, lib)
    state["extra.0.weight"] = [1.0]


@pytest.mark.parametrize("change", [lose, reshape, spoil])
def test_load_state_dict_says_what_torch_says(change):
    same_error(lambda lib: changed(lib, change)())


def test_load_state_dict_not_strict():
    assert repr(changed(mt, lose)(strict=False)) == repr(changed(torch, lose)(strict=False))
    same_error(lambda lib: changed(lib, reshape)(strict=False))


@BOTH
def test_load_state_dict_assign_and_old_batch_norm(lib):
    net = lib.nn.BatchNorm1d(2)
    weight = lib.zeros(2)
    state = {"weight": weight, "bias": lib.ones(2), "running_mean": lib.ones(2), "running_var": lib.ones(2)}
    assert not net.load_state_dict(state, assign=True).missing_keys  # num_batches_tracked came later
    assert (
        isinstance(net.weight, lib.nn.Parameter)
        and net.weight.requires_grad
        and net.running_mean is state["running_mean"]
    )
    with lib.no_grad():
        net.weight.fill_(3)
    assert weight.tolist() == [3, 3]


@BOTH
def test_extra_state(lib):
    class Counts(lib.nn.Module):
        count = 3

        def get_extra_state(self):
            return self.count

        def set_extra_state(self, state):
            self.count = state

    net = lib.nn.Sequential(Counts())
    assert net.state_dict() == {"0._extra_state": 3}
    net.load_state_dict({"0._extra_state": 5})
    assert net[0].count == 5


@BOTH
def test_copies_and_pickles(lib):
    net = small(lib.nn)
    net(lib.ones(2, 2, 4, 4)).sum().backward()
    twin = copy.deepcopy(net)
    assert twin.tail.fc.weight.tolist() == net.tail.fc.weight.tolist() and twin.tail.fc.weight is not net.tail.fc.weight
    assert twin.more["b"] is twin.tail.fc and twin.tail.fc.weight.grad is None and twin.tail.fc.weight.requires_grad
    with lib.no_grad():
        twin.tail.fc.weight.fill_(0)
    assert net.tail.fc.weight.abs().sum().item() > 0
    flat = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.BatchNorm1d(2))
    again = pickle.loads(pickle.dumps(flat))
    assert repr(again) == repr(flat) and list(again.state_dict()) == list(flat.state_dict())
    assert type(again[0].weight) is lib.nn.Parameter and again[0].weight.tolist() == flat[0].weight.tolist()


# ------------------------------------------------------------------------------------------------ hooks


@BOTH
def test_forward_hooks(lib):
    net, seen = lib.nn.ReLU(), []
    first = net.register_forward_hook(lambda m, args, out: seen.append(("after", len(args))))
    net.register_forward_hook(lambda m, args, kwargs, out: out + 1, with_kwargs=True)
    net.register_forward_pre_hook(lambda m, args: seen.append(("before", len(args))))
    net.register_forward_pre_hook(lambda m, args: args[0] - 1, prepend=True)
    net.register_forward_pre_hook(lambda m, args, kwargs: (args, kwargs), with_kwargs=True)
    assert net(lib.tensor([0.0, 3.0])).tolist() == [1.0, 3.0]
    assert seen == [("before", 1), ("after", 1)]
    first.remove()
    net(lib.ones(1))
    assert seen[2:] == [("before", 1)]
    net.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"forward pre-hook must return None or a tuple of \(new_args, new_kwargs\)"):
        net(lib.ones(1))


# ------------------------------------------------------------------------------------------------ containers


@BOTH
def test_sequential_is_a_list(lib):
    nn = lib.nn
    net = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    names = lambda net: [f"{name}:{type(m).__name__}" for name, m in net.named_children()]
    assert len(net) == 3 and isinstance(net[-1], nn.Sigmoid) and names(net[1:]) == ["1:Tanh", "2:Sigmoid"]
    assert net.append(nn.GELU()) is net and names(net.insert(-1, nn.ELU()))[3:] == ["3:ELU", "4:GELU"]
    assert names(net.extend([nn.SELU()]))[5:] == ["5:SELU"]
    del net[0], net[1:3]
    assert names(net) == ["0:Tanh", "1:GELU", "2:SELU"]
    net[0] = nn.Identity()
    assert isinstance(net.pop(0), nn.Identity) and names(net) == ["0:GELU", "1:SELU"]
    assert [type(m).__name__ for m in net + net[:1]] == ["GELU", "SELU", "GELU"]
    assert names(net + nn.Sequential(nn.Tanh())) == ["0:GELU", "1:SELU", "2:Tanh"] and len(net * 3) == len(3 * net) == 6
    net += nn.Sequential(nn.ReLU())
    assert [type(m).__name__ for m in net] == ["GELU", "SELU", "ReLU"]


@BOTH
def test_module_list_and_dict(lib):
    nn = lib.nn
    row = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    row.insert(1, nn.ELU())
    row += [nn.SELU()]
    row[0] = nn.GELU()
    assert [type(m).__name__ for m in row + [nn.ReLU()]] == ["GELU", "ELU", "Tanh", "SELU", "ReLU"]
    assert isinstance(row.pop(-1), nn.SELU) and len(row[1:]) == 2 and len(row.append(nn.ReLU())) == 4
    named = nn.ModuleDict([["a", nn.ReLU()], ("b", nn.Tanh())])
    named["c"] = nn.ELU()
    named.update({"a": nn.SELU()})
    assert list(named) == list(named.keys()) == ["a", "b", "c"] and "b" in named and len(named) == 3
    assert isinstance(named.a, nn.SELU) and isinstance(named.pop("b"), nn.Tanh)
    assert [(name, type(m).__name__) for name, m in named.items()] == [("a", "SELU"), ("c", "ELU")]
    del named["a"]
    assert len(list(named.values())) == 1
    named.clear()
    assert not len(named)


@BOTH
def test_parameter_list_and_dict(lib):
    nn = lib.nn
    row = nn.ParameterList([lib.ones(2), 3])
    row.append(lib.zeros(1))
    row += [nn.Parameter(lib.ones(1))]
    assert len(row) == 4 and [name for name, _ in row.named_parameters()] == ["0", "2", "3"] and row[1] == 3
    assert len(row[1:3]) == 2 and isinstance(row[-2], nn.Parameter) and len(list(row)) == 4
    named = nn.ParameterDict({"b": lib.ones(2), "a": lib.ones(1)})
    named["c"] = lib.zeros(1)
    assert list(named) == ["a", "b", "c"] and list(named.state_dict()) == ["a", "b", "c"]
    assert named.get("x") is None and named.pop("a").tolist() == [1] and "a" not in named
    del named["b"]
    assert list(named.keys()) == ["c"] and len(named) == 1


@BOTH
def test_flatten_unflatten(lib):
    nn = lib.nn
    x = lib.arange(24.0).reshape(2, 12)
    out = nn.Sequential(nn.Unflatten(1, (3, -1)), nn.Unflatten(-1, [2, 2]), nn.Flatten(2), nn.Flatten())(x)
    assert out.tolist() == x.tolist() and tuple(nn.Unflatten(1, (3, 4))(x).shape) == (2, 3, 4)


# ------------------------------------------------------------------------------------------------ layers


@BOTH
def test_old_names_of_reduction(lib):
    for args, reduction in (((False,), "sum"), ((None, False), "none"), ((True, True), "mean")):
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            assert lib.nn.MSELoss(*args).reduction == reduction
    with pytest.warns(FutureWarning, match="`min_value` is deprecated"):
        assert lib.nn.Hardtanh(min_value=-3).min_val == -3


@BOTH
def test_instance_norm_warns_of_an_unused_size(lib):
    with pytest.warns(UserWarning, match="input's size at dim=1 does not match num_features"):
        lib.nn.InstanceNorm1d(3)(lib.ones(2, 4, 5))
    with pytest.raises(ValueError, match=r"expected input's size at dim=1 to match num_features \(3\), but got: 4"):
        lib.nn.InstanceNorm1d(3, affine=True)(lib.ones(2, 4, 5))


@BOTH
def test_batch_norm_statistics_can_be_reset(lib):
    norm = lib.nn.BatchNorm1d(2, momentum=None)
    norm(lib.arange(8.0).reshape(4, 2))
    norm(lib.ones(4, 2))
    assert norm.num_batches_tracked.item() == 2 and norm.running_mean.tolist() == [2.0, 2.5]
    norm.reset_parameters()
    assert norm.num_batches_tracked.item() == 0 and norm.running_var.tolist() == [1, 1]
    norm.track_running_stats = False  # then training leaves the statistics alone
    norm(lib.arange(8.0).reshape(4, 2))
    assert norm.running_mean.tolist() == [0, 0] and norm.num_batches_tracked.item() == 0


# ------------------------------------------------------------------------------------------------ what can be seen


def test_names_seen_are_those_to_use():
    assert {"nn", "vision", "load"} <= set(dir(mt)) and set(mt.__all__) <= set(dir(mt))
    assert not {"types", "importlib", "ops", "methods"} & set(dir(mt))
    assert set(dir(nn)) == set(nn.__all__) and not [name for name in dir(nn) if not hasattr(torch.nn, name)]
    named = {}
    exec("from minitorch_edu.nn import *\nfrom minitorch_edu.nn.functional import *", named)
    assert {"Module", "Parameter", "Conv2d", "functional", "init", "utils", "conv2d"} <= named.keys()
    assert not {"conv", "tree", "state"} & named.keys()


# ------------------------------------------------------------------------------------------------ nn.utils


@BOTH
def test_clip_grad_value_and_vectors(lib):
    net = lib.nn.Linear(3, 2)
    net(lib.arange(12.0).reshape(4, 3)).sum().backward()
    lib.nn.utils.clip_grad_value_(net.parameters(), 4)
    assert net.weight.grad.max().item() == 4
    net.weight.grad.fill_(float("inf"))
    with pytest.raises(RuntimeError, match="total norm of order 2.0 for gradients from `parameters` is non-finite"):
        lib.nn.utils.clip_grad_norm_(net.parameters(), 1.0, error_if_nonfinite=True)
    vector = lib.nn.utils.parameters_to_vector(net.parameters())
    assert vector.tolist() == net.weight.flatten().tolist() + net.bias.tolist()
    lib.nn.utils.vector_to_parameters(lib.arange(8.0), net.parameters())
    assert net.weight.tolist() == [[0, 1, 2], [3, 4, 5]] and net.bias.tolist() == [6, 7]
