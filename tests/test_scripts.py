"""Small scripts in which something goes as in torch that is easy to get wrong: `r` at their end is compared.

Where torch raises, ours raises an error of the same type.
"""

import numpy as np
import pytest
import torch as real_torch

import minitorch_edu as mt

LEAF = "x = torch.tensor([-1.0, 4.0, 8.0], requires_grad=True)"

NET = "net = torch.nn.Sequential(torch.nn.Conv2d(3, 6, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2))"

SCRIPTS = {
    # An infinite gradient meets a place that is masked.
    "sqrt after relu": f"{LEAF}; F.relu(x).sqrt().sum().backward(); r = x.grad",
    "log after relu": f"{LEAF}; F.relu(x).log().sum().backward(); r = x.grad",
    "sqrt after relu6": f"{LEAF}; (6 - F.relu6(x)).sqrt().sum().backward(); r = x.grad",
    "sqrt after hardtanh": f"{LEAF}; (1 - F.hardtanh(x)).sqrt().sum().backward(); r = x.grad",
    "sqrt of the largest": f"{LEAF}; (x - 8).max().sqrt().backward(); r = x.grad",
    "sqrt of the median": f"{LEAF}; (x - 4).median().sqrt().backward(); r = x.grad",
    # A view looks again when its memory was written to, and not before.
    "a view is looked at inside no_grad": f"""
{LEAF}; y = x * 2; v = y[:1]; y.mul_(3)
with torch.no_grad():
    before = v.requires_grad
v.sum().backward(); r = before, x.grad""",
    "the base is detached": f"{LEAF}; y = x * 2; v = y[0]; y.detach_(); v.backward(); r = x.grad",
    "a view is written to inside no_grad": f"""
{LEAF}; y = x.view(3)
with torch.no_grad():
    y[0] = 5
r = y.grad_fn.name()""",
    "a view of what the optimizer moves": f"""
{LEAF}; v = x[:2]; x.grad = torch.ones(3); torch.optim.SGD([x], lr=1.0).step(); v.sum().backward(); r = x.grad""",
    # What is frozen when backward comes gets no gradient.
    "frozen after forward": f"{LEAF}; y = (x * 2).sum(); x.requires_grad_(False); y.backward(); r = x.grad",
    "detached after forward": f"{LEAF}; y = (x * 2).sum(); x.detach_(); y.backward(); r = x.grad",
    "a module frozen after forward": """
net = torch.nn.Linear(2, 1); y = net(torch.ones(1, 2)).sum(); net.requires_grad_(False); y.backward()
r = [p.grad for p in net.parameters()]""",
    # Several views that are made together cannot be written to while gradients are recorded.
    "into a row": f"{LEAF}; a, *_ = (x * 2).view(3, 1).unbind(0); a.mul_(2); r = a",
    "into a part": f"{LEAF}; a, b = (x * 2).split([1, 2]); b[0] = 2; r = b",
    "into a chunk": f"{LEAF}; a, b = (x * 2).chunk(2); a.zero_(); r = a",
    "into a view of a chunk": f"{LEAF}; a, b = (x * 2).chunk(2); a[:1].zero_(); r = a",
    "into a chunk of no leaf's": "x = torch.ones(4); a, b = x.chunk(2); a.zero_(); r = x",
    "into a chunk inside no_grad": f"""
{LEAF}; y = x * 2; a, b = y.chunk(2)
with torch.no_grad():
    a.zero_()
r = y""",
    # Gradients that are asked for.
    "zeros for what was not used": f"""
{LEAF}; y = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * 2).sum(), [x, y], materialize_grads=True)""",
    "zeros, but not allowed": f"""
{LEAF}; y = torch.ones(2, requires_grad=True)
r = torch.autograd.grad((x * 2).sum(), [x, y], materialize_grads=True, allow_unused=False)""",
    # Numbers that do not fit.
    "nan into integers": "x = torch.tensor([1, 2]); x[0] = float('nan'); r = x",
    "inf into integers": "x = torch.tensor([1, 2]); x[0] = float('inf'); r = x",
    "255.9 into bytes": "x = torch.zeros(2, dtype=torch.uint8); x[0] = 255.9; r = x",
    "127.5 into int8": "x = torch.zeros(2, dtype=torch.int8); x[0] = 127.5; r = x",
    "2.7 into integers": "x = torch.tensor([1, 2]); x[0] = 2.7; r = x",
    "relu6 of nan": "x = torch.tensor([float('nan')], requires_grad=True); F.relu6(x).backward(); r = x.grad",
    # Layers of pictures that were cut, turned or repeated.
    "every second picture": f"{NET}; r = net(torch.ones(8, 3, 32, 32)[::2]).view(4, -1).shape",
    "a part of each picture": f"{NET}; r = net(torch.ones(2, 3, 32, 32)[:, :, 2:30, 2:30]).view(2, -1).shape",
    "some channels": f"{NET}; r = net(torch.ones(2, 5, 32, 32)[:, :3]).view(2, -1).shape",
    "turned pictures": f"{NET}; r = net(torch.ones(2, 3, 32, 32).transpose(2, 3)).view(2, -1).shape",
    "one picture of NumPy's": f"{NET}; r = net(torch.ones(32, 32, 3).permute(2, 0, 1)).view(-1).shape",
    "repeated pictures": f"{NET}; r = net(torch.ones(3, 32, 32).expand(4, 3, 32, 32)).view(4, -1).shape",
    "batch norm of turned pictures": """
r = torch.nn.BatchNorm2d(3)(torch.ones(2, 3, 4, 5).transpose(2, 3)).view(2, -1).shape""",
    "channels last stay last": "r = F.max_pool2d(torch.ones(2, 6, 6, 4).permute(0, 3, 1, 2), 2).is_contiguous()",
    "a pooled parameter": """
y = F.avg_pool2d(torch.ones(2, 3, 4, 4), 2); p = torch.nn.Parameter(y); y.view(-1)[0] = 99; r = p.view(-1)""",
    "an empty batch unfolded": """
x = torch.zeros(0, 4, 8, 8, requires_grad=True); torch.nn.Unfold(2)(x).sum().backward(); r = x.grad""",
    "an empty batch folded": "r = torch.nn.Fold((4, 4), 2)(torch.zeros(0, 8, 9))",
    "as many features as there are": "r = torch.nn.LayerNorm(np.prod([3, 4]))(torch.ones(2, 12))",
    # What is drawn.
    "dropout of what is expanded": "torch.manual_seed(0); r = F.dropout(torch.ones(1, 3, 1).expand(3, 3, 1))",
    "numbers like a turned row": "torch.manual_seed(0); r = torch.rand_like(torch.ones(2, 3).t()[None])",
    # Groups and hooks.
    "a group added to a schedule": """
o = torch.optim.SGD([torch.zeros(1)], lr=1.0); s = torch.optim.lr_scheduler.StepLR(o, 1)
o.add_param_group({"params": [torch.zeros(1)], "lr": 1.0}); o.step(); s.step()
r = [g["lr"] for g in o.param_groups]""",
    **{
        f"a group that is too late for {rule}": f"""
o = torch.optim.SGD([torch.zeros(1)], lr=1.0); s = torch.optim.lr_scheduler.{rule}
o.add_param_group({{"params": [torch.zeros(1)], "lr": 0.5}})
for step in range(4):
    o.step(); s.step({epoch})
r = [g["lr"] for g in o.param_groups]"""
        for rule, epoch in {
            "LambdaLR(o, lambda t: 0.5)": "",
            "CosineAnnealingLR(o, 2)": "",
            "StepLR(o, 1)": "step",
        }.items()
    },
    "a hook for a while": """
r, m = [], torch.nn.Linear(1, 1)
with m.register_forward_hook(lambda *args: r.append(len(args))):
    m(torch.ones(1))
m(torch.ones(1))""",
    "what a step's hooks are given": """
r, o = [], torch.optim.SGD([torch.zeros(1)], lr=1.0)
def before(optimizer, args, kwargs):
    r.append((args[0] is o, len(args), kwargs))
    return (optimizer, lambda: r.append("closure")), {}
o.register_step_pre_hook(before)
o.register_step_post_hook(lambda optimizer, args, kwargs: r.append((args[0] is o, len(args), kwargs)))
o.step()""",
    "how often it was written to": """
x = torch.ones(3); before = x._version; x[0] = 2; x[1:].add_(1); r = before, x._version, x.view(3)._version""",
    "a generator's state": "g = torch.Generator(); r = g.set_state(g.get_state()) is g",
}


def run(library, source):
    """(r, None), or (None, the error)."""
    names = {"torch": library, "F": library.nn.functional, "np": np}
    try:
        exec(source, names)
    except Exception as error:
        return None, error
    return names["r"], None


def same(ours, theirs):
    """Whether two results are the same, looking into tuples and lists."""
    if isinstance(theirs, (tuple, list)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, real_torch.Tensor):
        return np.array_equal(ours.detach().numpy(), theirs.detach().numpy(), equal_nan=True)
    return ours == theirs


@pytest.mark.parametrize("name", SCRIPTS)
def test_as_in_torch(name):
    ours, error = run(mt, SCRIPTS[name])
    theirs, expected = run(real_torch, SCRIPTS[name])
    assert type(error) is type(expected), f"ours: {error or ours}\ntorch: {expected or theirs}"
    assert expected is not None or same(ours, theirs), f"\nours:  {ours}\ntorch: {theirs}"


# Each with `x` as a transposed, then as an expanded tensor: torch's result can be seen under other sizes, or cannot.
ORDERS = """
x.softmax(-1) | x.log_softmax(0) | x.cumsum(0) | x.cumprod(1) | x.roll(1, 0) | F.one_hot(x.long()) | F.logsigmoid(x)
x.sum(0) | x.mean(1) | x.prod(0) | (x > 2).any(0) | (x > 2).all(0) | x.var(0) | x.std(1) | x.count_nonzero(0) | x.exp()
x + 1 | x * x | x.relu() | x.clamp(0, 1) | x.where(x > 1, 0) | x.clone() | x.double() | x.to(torch.float64)
torch.zeros_like(x) | torch.empty_like(x) | torch.rand_like(x) | torch.randint_like(x, 3) | torch.tensor(x)
torch.cat([x, x]) | torch.stack([x, x]) | x.flip(0) | x.tril() | x.triu() | x.repeat(1, 1, 2)
x.amax(0) | x.argmax(0) | x.logsumexp(0) | x.norm(dim=0) | x.sort(0)[0] | x.topk(2, 0)[0] | x.max(0)[0] | x.median(0)[0]
x.gather(0, x.long() * 0) | x.index_select(0, torch.tensor([1, 0])) | x[[1, 0]] | x.masked_fill(x > 2, 0) | x[x > 2]
"""
FORMS = {"transposed": "x = torch.arange(24.0).reshape(2, 3, 4).permute(2, 1, 0)",
         "channels last": "x = torch.arange(24.0).reshape(1, 2, 3, 4).permute(0, 3, 1, 2)[0]",
         "expanded": "x = torch.arange(3.0).expand(2, 3)"}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("expression", ORDERS.strip().replace("\n", " | ").split(" | "))
def test_what_can_be_viewed_can_be_viewed(form, expression):
    source = f"{FORMS[form]}; y = {expression}; r = y.view(-1).shape"
    ours, error = run(mt, source)
    theirs, expected = run(real_torch, source)
    assert expected is not None or error is None, f"torch: {theirs}, ours: {error}"
