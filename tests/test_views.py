"""Which functions give views, what their Nodes are called, and what is printed: as torch has it."""

import numpy as np
import pytest
import torch

import minitorch_edu as mt

W = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
FORMS = {
    "view": lambda x: x.view(6, 4),
    "reshape": lambda x: x.reshape(6, 4),
    "reshape to a copy": lambda x: x.transpose(0, 2).reshape(6, 4),
    "flatten": lambda x: x.flatten(1),
    "unflatten": lambda x: x.unflatten(2, (2, 2)),
    "squeeze all": lambda x: x[:1].squeeze(),
    "squeeze one": lambda x: x[:1].squeeze(0),
    "squeeze two": lambda x: x[:1].squeeze((0, 1)),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "transpose": lambda x: x.transpose(0, 1),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "t": lambda x: x[0].t(),
    "T": lambda x: x[0].T,
    "mT": lambda x: x.mT,
    "permute": lambda x: x.permute(2, 0, 1),
    "movedim": lambda x: x.movedim(0, -1),
    "expand": lambda x: x.expand(5, 2, 3, 4),
    "narrow": lambda x: x.narrow(1, 0, 2),
    "select": lambda x: x.select(1, 0),
    "diagonal": lambda x: x.diagonal(),
    "split": lambda x: x.split(2, 1)[0],
    "split of sizes": lambda x: x.split([1, 2], 1)[1],
    "chunk": lambda x: x.chunk(2)[1],
    "unbind": lambda x: x.unbind(1)[2],
    "x[0]": lambda x: x[0],
    "x[1:]": lambda x: x[1:],
    "x[:]": lambda x: x[:],
    "x[...]": lambda x: x[...],
    "x[None]": lambda x: x[None],
    "x[0, :, 1]": lambda x: x[0, :, 1],
    "x[0, ::2]": lambda x: x[0, ::2],
    "x[0, 0, 0]": lambda x: x[0, 0, 0],
    "x[[0, 1]]": lambda x: x[[0, 1]],
    "x[mask]": lambda x: x[x > 3],
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1),
    "repeat": lambda x: x.repeat(1, 2, 1),
    "tril": lambda x: x.tril(),
    "diag": lambda x: x[0].diag(),
    "diag of a vector": lambda x: x[0, 0].diag(),
    "gather": lambda x: x.gather(0, (x[:1] * 0).long()),
    "scatter": lambda x: x.scatter(0, (x[:1] * 0).long(), x),
    "scatter of a number": lambda x: x.scatter(0, (x[:1] * 0).long(), 1.0),
    "masked_fill": lambda x: x.masked_fill(x > 1, 0),
    "masked_fill with a tensor": lambda x: x.masked_fill(x > 1, x.sum()),
    "masked_select": lambda x: x.masked_select(x > 1),
    "sum": lambda x: x.sum(),
    "sum of an axis": lambda x: x.sum(0),
    "mean": lambda x: x.mean(),
    "mean of an axis": lambda x: x.mean(-1),
    "prod": lambda x: x.prod(),
    "prod of an axis": lambda x: x.prod(1),
    "var": lambda x: x.var(),
    "std": lambda x: x.std(0),
    "amax": lambda x: x.amax(0),
    "max": lambda x: x.max(),
    "max of an axis": lambda x: x.max(1)[0],
    "min": lambda x: x.min(),
    "min of an axis": lambda x: x.min(1)[0],
    "cumsum": lambda x: x.cumsum(0),
    "logsumexp": lambda x: x.logsumexp(0),
    "norm": lambda x: x.norm(),
    "median": lambda x: x.median(),
    "median of an axis": lambda x: x.median(0)[0],
    "sort": lambda x: x.sort()[0],
    "stable sort": lambda x: x.sort(stable=True)[0],
    "topk": lambda x: x.topk(2)[0],
}


@pytest.mark.parametrize("name", FORMS)
def test_view_or_copy(name):
    shares = []
    for library in (mt, torch):
        x = library.from_numpy(W.copy())
        y = FORMS[name](x)
        with library.no_grad():
            x.add_(100)
        before = FORMS[name](library.from_numpy(W.copy()))
        shares.append(not np.array_equal(y.numpy(), before.numpy()))
    assert shares[0] == shares[1], f"{name} is a {'view' if shares[0] else 'copy'}; torch's is not"


@pytest.mark.parametrize("name", FORMS)
def test_node_is_named_as_torchs(name):
    ours, theirs = (FORMS[name](library.from_numpy(W.copy()).requires_grad_() * 1) for library in (mt, torch))
    assert ours.grad_fn.name() == theirs.grad_fn.name()


@pytest.mark.parametrize("function", ["max", "min", "median", "sort", "topk"])
def test_pairs_print_as_torchs(function):
    args = (2,) if function == "topk" else (1,)
    ours, theirs = (
        getattr(library.tensor([[1.0, 3.0, 2.0], [5.0, 4.0, 6.0]]), function)(*args) for library in (mt, torch)
    )
    assert str(ours) == str(theirs)
    assert ours.values.tolist() == theirs.values.tolist() and ours.indices.tolist() == theirs.indices.tolist()


def test_repeated_memory_is_not_written():
    x = mt.zeros(3, 1).expand(3, 4)
    with pytest.raises(RuntimeError, match="more than one element .* single memory location"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="more than one element"):
        x[0] = 1


def test_index_that_changes_later_does_not_change_the_gradient():
    x = mt.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index, mask = mt.tensor([0, 0]), mt.tensor([True, False, True])
    y = x[index].sum() + x[mask].sum() + x.masked_fill(mask, 0.0).sum()
    index.fill_(2)
    mask.fill_(False)
    y.backward()
    assert x.grad.tolist() == [3.0, 1.0, 1.0]


def test_gather_refuses_an_index_that_changed():
    x, index = mt.tensor([1.0, 2.0], requires_grad=True), mt.tensor([0])
    y = x.gather(0, index)
    index.fill_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_sums_of_many_float32_are_rounded_once():
    x = np.random.RandomState(0).rand(200_000, 3).astype(np.float32)
    exact = x.sum(0, dtype=np.float64)
    assert np.array_equal(mt.from_numpy(x).sum(0).numpy(), exact.astype(np.float32))


def convolved(library):
    """What convolution, ReLU and pooling give: in torch contiguous, and so must it look here."""
    image, weight = (library.from_numpy(np.random.RandomState(seed).randn(*shape).astype(np.float32))
                     for seed, shape in ((0, (2, 3, 8, 8)), (1, (4, 3, 3, 3))))  # fmt: skip
    scores = library.nn.functional.conv2d(image, weight.requires_grad_(), padding=1)
    return library.nn.functional.max_pool2d(scores.relu(), 2)


AFTER_CONVOLUTION = {  # on (2, 4, 4, 4)
    "view": lambda x, library: x.view(-1, 4 * 4 * 4),
    "view as each picture's": lambda x, library: x.view(x.size(0), -1),
    "view of one picture": lambda x, library: x[0].view(-1),
    "view of detached": lambda x, library: x.detach().view(2, -1),
    "view of a reduction": lambda x, library: x.sum(3).view(-1),
    "view of data": lambda x, library: x.data.view(-1),
    "flatten": lambda x, library: x.flatten(1),
    "reshape": lambda x, library: x.reshape(2, -1),
    "reshape of channels last": lambda x, library: x.permute(0, 2, 3, 1).reshape(-1, 4),
    "stride": lambda x, library: (x.stride(), x.is_contiguous(), x.contiguous() is x, x.clone().stride()),
    "stride of channels last": lambda x, library: x.permute(0, 2, 3, 1).is_contiguous(),
    "numpy": lambda x, library: x.detach().numpy().strides,
    "zeros_like": lambda x, library: library.zeros_like(x).view(-1),
    "randn_like": lambda x, library: library.randn_like(x),
    "bernoulli": lambda x, library: library.bernoulli(x.sigmoid()),
    "normal_": lambda x, library: x.detach().clone().normal_(),
    "dropout": lambda x, library: library.nn.functional.dropout(x, 0.5),
    "gradient": lambda x, library: library.autograd.grad(x.sum(), x)[0].view(-1),
    "written through a view": lambda x, library: (x.view(2, -1).mul_(2), x)[1],
}


@pytest.mark.parametrize("name", AFTER_CONVOLUTION)
def test_memory_after_convolution_is_as_torchs(name):
    said = []
    for library in (mt, torch):
        library.manual_seed(0)
        said.append(str(AFTER_CONVOLUTION[name](convolved(library), library)))
    assert said[0] == said[1], f"{name}: ours\n{said[0]}\ntorch's\n{said[1]}"


def test_what_torch_lays_out_otherwise_is_not_put_in_order():
    pictures = np.zeros((2, 4, 4, 3), np.float32)
    for library in (mt, torch):
        x = library.from_numpy(pictures).permute(0, 3, 1, 2) * 2
        assert x.stride() == (48, 1, 12, 3)
        with pytest.raises(RuntimeError, match="view size is not compatible"):
            x.view(2, -1)
