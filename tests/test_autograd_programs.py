"""Drawn programs of operators, views and writes: their numbers and their gradients are torch's.

Where torch refuses to differentiate because a value was overwritten, we refuse too, or have kept the value; then the
gradient is compared with the slopes of the program itself.
"""

import numpy as np
import pytest
import torch as real_torch
from hypothesis import assume, given, note
from hypothesis import strategies as st

import minitorch_edu as mt

# A step is a template over the tensors p[0], p[1], ... that a program has made so far. i and j are drawn.
MAKE = """
p[i] * p[j] | p[i] + p[j] | p[i] - p[j] | p[i].sin() | p[i].tanh() | p[i].sigmoid() | p[i].square() | p[i] * 2
p[i].sum(0) | p[i].mean() | p[i].clone() | torch.cat([p[i], p[j]]) | p[i] @ p[j] | torch.maximum(p[i], p[j])
p[i].detach() | torch.where(p[i] > 0, p[i], p[j])
"""
VIEW = """
p[i][0] | p[i][-1:] | p[i][..., 1] | p[i][:, ::2] | p[i].t() | p[i].view(-1) | p[i].reshape(3, 2)
p[i].transpose(0, -1) | p[i].unsqueeze(0) | p[i].squeeze() | p[i].narrow(0, 0, 1) | p[i].select(-1, 0)
p[i].view_as(p[j]) | p[i].flatten() | p[i].diagonal() | p[i].permute(1, 0) | p[i].expand(2, 2, 3)
"""
WRITE = """
p[i].mul_(p[j]) | p[i].add_(p[j]) | p[i].sub_(p[j], alpha=2) | p[i].div_(2) | p[i].mul_(3) | p[i].sin_()
p[i].sigmoid_() | p[i].tanh_() | p[i].zero_() | p[i].fill_(0.5) | p[i].copy_(p[j]) | p[i].relu_()
p[i].clamp_(-0.5, 0.5) | p[i].square_() | p[i].fill_(p[j].sum()) | p[i].neg_() | p[i].pow_(2)
"""
SET = """
p[i][0] = p[j] | p[i][..., 1] = 2.0 | p[i][1:] = p[j] | p[i][p[i] > 0] = 0.25 | p[i][:, 1] = p[j][:, 0]
p[i] += p[j] | p[i] *= p[j] | p[i][0] *= 2 | p[i][0] += p[j] | p[i][[1, 0]] = p[j]
"""


def templates(text):
    return text.strip().replace("\n", " | ").split(" | ")


@st.composite
def programs(draw):
    steps = []
    for _ in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from([MAKE, VIEW, VIEW, WRITE, WRITE, SET]))
        steps.append(
            (
                draw(st.sampled_from(templates(kind))),
                kind in (MAKE, VIEW),
                draw(st.integers(0, 9)),
                draw(st.integers(0, 9)),
            )
        )
    return steps


def run(torch, steps, start, allowed):
    """The leaves, the tensors of a program, and which of its steps were legal.

    allowed: which steps to make, or None to try them all.
    """
    leaves = [torch.tensor(array, requires_grad=True) for array in start]
    p = [leaf * 1.0 for leaf in leaves] + leaves
    legal = []
    for k, (template, makes, i, j) in enumerate(steps):
        names = {"torch": torch, "p": p, "i": i % len(p), "j": j % len(p)}
        if allowed is not None and allowed[k] is None:
            continue
        if allowed is not None and not allowed[k]:
            with pytest.raises((RuntimeError, IndexError, ValueError, TypeError)):
                exec(template, names)
            continue
        try:
            if makes:
                p.append(eval(template, names))
            else:
                exec(template, names)
            legal.append(True)
        except (RuntimeError, IndexError) as error:
            if allowed is not None:
                assume("single memory location" not in str(error))  # torch only warns of indexed writes there
                raise
            # torch cannot write into what it reads from; we can, and it is no mistake.
            legal.append(None if "some elements of the input tensor and the written-to" in str(error) else False)
    return leaves, p, legal


def loss_of(torch, tensors):
    """A number that depends differently on every number of every tensor."""
    total = 0.0
    for k, tensor in enumerate(tensors):
        weights = np.cos(1.0 + k + np.arange(tensor.numel())).reshape(tuple(tensor.shape))
        total = total + (tensor * torch.tensor(weights)).sum()
    return total


def slopes(steps, legal, start):
    """dL/d(leaf) by central differences of the whole program."""
    found = []
    for which in range(len(start)):
        slope = np.zeros(start[which].shape)
        for place in np.ndindex(*slope.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [array.copy() for array in start]
                moved[which][place] += step
                with real_torch.no_grad():
                    ends.append(float(loss_of(real_torch, differentiable(steps, legal, moved))))
            slope[place] = (ends[0] - ends[1]) / 2e-6
        found.append(slope)
    return found


def differentiable(steps, legal, start):
    with real_torch.enable_grad():
        return [tensor.detach() for tensor in run(real_torch, steps, start, legal)[1]]


@given(programs(), st.integers(0, 1000))
def test_a_program_of_views_and_writes_has_torchs_gradients(steps, seed):
    random = np.random.RandomState(seed)
    start = [random.standard_normal((2, 3)), random.standard_normal((2, 3))]
    leaves, tensors, legal = run(real_torch, steps, start, None)
    note(f"legal: {legal}")
    ours, made, _ = run(mt, steps, start, legal)
    for mine, theirs in zip(made, tensors):
        assert mine.requires_grad == theirs.requires_grad
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-12)
    try:
        loss_of(real_torch, tensors).backward()
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)
        try:
            loss_of(mt, made).backward()
        except RuntimeError as error:
            assert "modified by an inplace operation" in str(error)
            return
        # We kept what torch lost; then the gradient must be right. A detached tensor has numbers, but no gradient.
        if any("detach" in step[0] or "relu" in step[0] or "clamp" in step[0] or ">" in step[0] for step in steps):
            return
        for leaf, slope in zip(ours, slopes(steps, legal, start)):
            np.testing.assert_allclose(leaf.grad.numpy(), slope, rtol=1e-4, atol=1e-4)
        return
    loss_of(mt, made).backward()
    for mine, theirs in zip(ours, leaves):
        np.testing.assert_allclose(mine.grad.numpy(), theirs.grad.numpy(), rtol=1e-9, atol=1e-9)
