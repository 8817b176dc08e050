"""What the catalogue's records of optimizers, schedulers and losses do not say: hooks, closures, groups, warnings."""

import copy
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given

import minitorch_edu as mt
from minitorch_edu.nn import functional as F
from minitorch_edu.optim import SGD, Adagrad, Adam, AdamW, lr_scheduler, optimizer
from reference.optimizer import RECORDS


def parameter(values=(1.0, 2.0), gradient=(0.5, -1.0)):
    p = mt.tensor(list(values), requires_grad=True)
    p.grad = None if gradient is None else mt.tensor(list(gradient))
    return p


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_parameters_longer_than_a_block(record, monkeypatch):
    monkeypatch.setattr(optimizer, "BLOCK", 3)

    @given(record.calls)
    def check(training):
        record.check(training)

    check()


@pytest.mark.parametrize("turned", [False, True])
def test_parameters_that_share_memory_are_updated_in_their_order(turned, monkeypatch):
    """Also if the threads came in the opposite order."""
    both = lambda compute, count, size: [compute(slice(count // 2, count)), compute(slice(0, count // 2))]
    monkeypatch.setattr(optimizer, "share", both)
    after = []
    for library in (mt, torch):
        weight = library.ones(4, 4)
        parameters = [view.requires_grad_() for view in (weight.detach(), (weight.T if turned else weight).detach())]
        for p, gradient in zip(parameters, (1.0, -2.0)):
            p.grad = library.full((4, 4), gradient)
        library.optim.SGD(parameters, lr=0.1, weight_decay=0.5).step()
        after.append(weight.numpy())
    np.testing.assert_array_equal(*after)


def test_a_gradient_that_is_the_next_parameter_is_read_before_that_is_updated(monkeypatch):
    both = lambda compute, count, size: [compute(slice(count // 2, count)), compute(slice(0, count // 2))]
    monkeypatch.setattr(optimizer, "share", both)
    after = []
    for library in (mt, torch):
        first, second = (library.ones(4).requires_grad_() for _ in range(2))
        first.grad, second.grad = second.detach(), library.full((4,), 2.0)
        library.optim.SGD([first, second], lr=0.1).step()
        after.append(first.detach().numpy())
    np.testing.assert_array_equal(*after)


def test_step_writes_without_recording_and_counts_the_write():
    p = parameter()
    saved = p * p
    SGD([p], lr=0.1).step()
    assert p.is_leaf and p.grad_fn is None
    np.testing.assert_array_equal(p.detach().numpy(), np.float32([0.95, 2.1]))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.sum().backward()


def test_closure_is_evaluated_with_gradients():
    p = parameter(gradient=None)
    sgd = SGD([p], lr=0.1)

    def closure():
        sgd.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with mt.no_grad():
        assert sgd.step(closure).item() == 5
    np.testing.assert_allclose(p.detach().numpy(), [0.8, 1.6], rtol=1e-6)


def test_hooks_before_and_after_a_step():
    p, seen = parameter(), []
    sgd = SGD([p], lr=0.1)
    before = sgd.register_step_pre_hook(lambda opt, args, kwargs: seen.append(("before", p.detach().numpy()[0])))
    sgd.register_step_post_hook(
        lambda opt, args, kwargs: seen.append(("after", round(float(p.detach().numpy()[0]), 3)))
    )
    sgd.step()
    before.remove()
    sgd.step()
    assert [name for name, _ in seen] == ["before", "after", "after"]
    assert seen[1][1] == 0.95


def test_zero_grad():
    p = parameter()
    sgd = SGD([p])
    kept = p.grad
    sgd.zero_grad(set_to_none=False)
    assert p.grad is kept and not kept.numpy().any()
    sgd.zero_grad()
    assert p.grad is None


def test_groups_that_cannot_be_added():
    p, q = parameter(), parameter()
    sgd = SGD([p])
    for group, error, words in [
        ([q], TypeError, "param_group must be a dict"),
        ({"params": {q}}, TypeError, "ordered collections"),
        ({"params": ["weight"]}, TypeError, "can only optimize Tensors, but one of the params is str"),
        ({"params": p * 2}, ValueError, "can't optimize a non-leaf Tensor"),
        ({"params": p}, ValueError, "some parameters appear in more than one parameter group"),
        ({"params": [("q", q)]}, ValueError, "with/without names"),
        ({"params": [("q", q), p]}, ValueError, "Some param names are missing"),
    ]:
        with pytest.raises(error, match=words):
            sgd.add_param_group(group)
    with pytest.warns(UserWarning, match="duplicate parameters") as caught:
        SGD([p, p])
    assert caught[0].filename == __file__


def test_a_group_added_later_is_optimized_with_the_defaults():
    p, q = parameter(), parameter()
    adagrad = Adagrad([p], lr=0.5, initial_accumulator_value=1)
    adagrad.add_param_group({"params": q, "lr": 0.25})
    adagrad.step()
    twins = [torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2)]
    twin = torch.optim.Adagrad([twins[0]], lr=0.5, initial_accumulator_value=1)
    twin.add_param_group({"params": twins[1], "lr": 0.25})
    for t in twins:
        t.grad = torch.tensor([0.5, -1.0])
    twin.step()
    for ours, theirs in zip((p, q), twins):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6)


def test_named_parameters():
    p = parameter()
    sgd = SGD([("weight", p)])
    assert sgd.param_groups[0]["param_names"] == ["weight"] == sgd.state_dict()["param_groups"][0]["param_names"]


def test_state_dict_of_another_shape():
    one, two = parameter(), parameter()
    saved = Adam([one]).state_dict()
    with pytest.raises(ValueError, match="different number of parameter groups"):
        Adam([{"params": one}, {"params": two}]).load_state_dict(saved)
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        Adam([one, two]).load_state_dict(saved)


def test_loaded_state_is_a_copy_in_the_parameters_dtype():
    p = parameter()
    adam = Adam([p])
    adam.step()
    wide = mt.tensor([1.0, 2.0], dtype=mt.float64, requires_grad=True)
    other = Adam([wide])
    other.load_state_dict(adam.state_dict())
    assert other.state[wide]["exp_avg"].dtype == mt.float64 and other.state[wide]["step"].dtype == mt.float32
    adam.step()
    assert other.state[wide]["step"].item() == 1


def test_checkpoint_without_newer_options():
    p = parameter()
    saved = AdamW([p]).state_dict()
    for name in ("amsgrad", "decoupled_weight_decay"):
        del saved["param_groups"][0][name]
    adamw = AdamW([p])
    adamw.load_state_dict(saved)
    assert adamw.param_groups[0]["decoupled_weight_decay"] and not adamw.param_groups[0]["amsgrad"]
    adamw.load_state_dict(Adam([p]).state_dict())
    assert adamw.param_groups[0]["decoupled_weight_decay"]


@pytest.mark.parametrize("library", [torch, mt])
def test_loading_replaces_all_but_the_names(library):
    p = library.ones(2, requires_grad=True)
    p.grad = library.ones(2)
    saved = library.optim.Adam([p]).state_dict()
    adam = library.optim.Adam([("weight", p)])
    adam.step()
    adam.param_groups[0]["initial_lr"] = 1.0
    adam.load_state_dict(saved)
    assert not adam.state_dict()["state"]
    assert "initial_lr" not in adam.param_groups[0] and adam.param_groups[0]["param_names"] == ["weight"]


def test_a_state_dict_prints_as_torchs():
    printed = []
    for library in (mt, torch):
        p = library.ones(1, requires_grad=True)
        p.grad = library.ones(1)
        sgd = library.optim.SGD([p], lr=0.1, momentum=0.9)
        library.optim.lr_scheduler.StepLR(sgd, 1)
        sgd.step()
        before, groups = str(sgd.state_dict()), str(sgd.param_groups)
        sgd.load_state_dict(sgd.state_dict())
        printed.append(f"{before}\n{groups}\nloaded: {sgd.state_dict()}\n{sgd.param_groups}")
    assert printed[0] == printed[1]


def test_deepcopy_of_an_optimizer():
    p = parameter()
    adam = Adam([p])
    adam.step()
    twin = copy.deepcopy(adam)
    (q,) = twin.param_groups[0]["params"]
    assert q is not p and twin.state[q]["step"].item() == 1


def test_what_is_missing_is_named():
    with pytest.raises(AttributeError, match="LBFGS"):
        mt.optim.LBFGS  # noqa: B018
    with pytest.raises(AttributeError, match="CyclicLR"):
        lr_scheduler.CyclicLR  # noqa: B018


# ------------------------------------------------------------------------------------------------ schedulers


def test_scheduler_before_optimizer_warns():
    sgd = SGD([parameter()], lr=1.0)
    scheduler = lr_scheduler.StepLR(sgd, 1)
    with pytest.warns(UserWarning, match="before `optimizer.step\\(\\)`") as caught:
        scheduler.step()
    assert caught[0].filename == __file__
    sgd = SGD([parameter()], lr=1.0)
    scheduler = lr_scheduler.StepLR(sgd, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sgd.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [0.1]


def test_scheduler_of_something_else():
    for kind, options in ((lr_scheduler.StepLR, (2,)), (lr_scheduler.OneCycleLR, (1.0, 5)),
                          (lr_scheduler.ReduceLROnPlateau, ())):  # fmt: skip
        with pytest.raises(TypeError, match="list is not an Optimizer"):
            kind([], *options)
    sgd, other = SGD([parameter()]), SGD([parameter()])
    with pytest.raises(ValueError, match="belong to the same optimizer"):
        lr_scheduler.SequentialLR(sgd, [lr_scheduler.StepLR(other, 1)], [])
    with pytest.raises(ValueError, match="index 1 of another one"):
        lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(sgd, 1), lr_scheduler.StepLR(other, 1)])
    with pytest.raises(ValueError, match="must support momentum or beta1"):
        lr_scheduler.OneCycleLR(Adagrad([parameter()]), 1.0, 5)


def test_step_to_an_epoch_warns_and_uses_the_closed_form():
    sgd = SGD([parameter()], lr=1.0)
    scheduler = lr_scheduler.ExponentialLR(sgd, 0.5)
    sgd.step()
    with pytest.warns(UserWarning, match="epoch parameter") as caught:
        scheduler.step(3)
    assert caught[0].filename == __file__
    assert scheduler.get_last_lr() == [0.125]


def test_learning_rate_in_a_tensor_is_written_into():
    lr = mt.tensor(1.0, dtype=mt.float64)
    sgd = SGD([parameter()], lr=lr)
    scheduler = lr_scheduler.ExponentialLR(sgd, 0.5)
    sgd.step()
    scheduler.step()
    assert sgd.param_groups[0]["lr"] is lr and lr.item() == 0.5
    assert scheduler.base_lrs == [1.0] and scheduler.get_last_lr()[0].item() == 0.5


def test_resumed_scheduler():
    sequences = []
    for library in (torch, mt):
        p = library.ones(1)
        sgd = library.optim.SGD([{"params": [p], "lr": 0.3, "initial_lr": 1.0}])
        scheduler = library.optim.lr_scheduler.LinearLR(sgd, 0.1, last_epoch=3)
        rates = scheduler.get_last_lr()
        for _ in range(4):
            sgd.step()
            scheduler.step()
            rates += scheduler.get_last_lr()
        sequences.append(rates)
    np.testing.assert_allclose(sequences[1], sequences[0], rtol=1e-12)


def test_rate_that_is_nothing_at_first():
    sgd = SGD([parameter()], lr=1.0)
    assert lr_scheduler.ConstantLR(sgd, factor=0).get_last_lr() == [0]


def test_chain_finds_its_optimizer():
    sgd = SGD([parameter()], lr=1.0)
    chain = lr_scheduler.ChainedScheduler([lr_scheduler.ExponentialLR(sgd, 0.5)])
    assert chain.optimizer is sgd


@pytest.mark.parametrize("library", [torch, mt])
def test_plateau_of_a_group_that_is_added(library):
    for least, expected in ((0.2, [0.2, 0.2]), ([0.2], None)):
        sgd = library.optim.SGD([library.ones(1)], lr=0.3)
        scheduler = library.optim.lr_scheduler.ReduceLROnPlateau(sgd, patience=0, min_lr=least)
        sgd.add_param_group({"params": [library.ones(1)], "lr": 1.0})
        scheduler.step(1.0)
        if expected is None:
            with pytest.raises(RuntimeError, match=r"param groups in the .?optimizer.? \(2\)"):
                scheduler.step(1.0)
        else:
            for _ in range(2):
                scheduler.step(1.0)
            assert [group["lr"] for group in sgd.param_groups] == expected


# ------------------------------------------------------------------------------------------------ losses


def test_shapes_that_only_broadcast_warn():
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        with pytest.warns(
            UserWarning, match=r"target size \(torch.Size\(\[1\]\)\).*input size \(torch.Size\(\[3\]\)\)"
        ) as caught:
            loss(mt.ones(3), mt.ones(1))
        assert caught[0].filename == __file__


def test_older_names_of_the_reduction():
    x, target = mt.tensor([[1.0, 2.0]]), mt.tensor([0])
    for switches, reduction in (
        ({"size_average": False}, "sum"),
        ({"reduce": False}, "none"),
        ({"size_average": True, "reduce": True}, "mean"),
    ):
        with pytest.warns(UserWarning, match=f"reduction='{reduction}'") as caught:
            loss = F.cross_entropy(x, target, **switches)
        assert caught[0].filename == __file__
        np.testing.assert_array_equal(loss.numpy(), F.cross_entropy(x, target, reduction=reduction).numpy())


def test_mean_of_kl_div_warns():
    with pytest.warns(UserWarning, match="batchmean") as caught:
        F.kl_div(mt.zeros(2, 2), mt.ones(2, 2))
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for reduction in ("batchmean", "sum", "none"):
            F.kl_div(mt.zeros(2, 2), mt.ones(2, 2), reduction=reduction)


def test_weights_that_torch_does_not_differentiate():
    weight = mt.ones(2, requires_grad=True)
    loss = F.cross_entropy(mt.zeros(1, 2), mt.tensor([0]), weight)
    with pytest.raises(RuntimeError, match="'cross_entropy' is not differentiable with respect to argument 'weight'"):
        loss.backward()


def test_dtypes_of_mixed_arguments():
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits", "kl_div"):
        mixed = [("float32", "float64"), ("float64", "float32")]
        mixed += (
            [("int64", "float32"), ("float32", "int64")] if name in ("mse_loss", "l1_loss", "smooth_l1_loss") else []
        )
        for first, second in mixed:
            kinds = [
                getattr(library.nn.functional, name)(
                    library.ones(2, dtype=getattr(library, first)),
                    library.ones(2, dtype=getattr(library, second)),
                    reduction="sum",
                ).dtype
                for library in (mt, torch)
            ]
            assert str(kinds[0]) == str(kinds[1]), (name, first, second)


def test_one_sample_without_a_batch_axis():
    x = mt.tensor([1.0, 2.0, 3.0])
    for target in (mt.tensor(2), mt.tensor([2])):
        loss = F.cross_entropy(x, target, reduction="none")
        assert loss.shape == () and loss.item() == pytest.approx(0.4076, abs=1e-4)


@pytest.mark.parametrize("make", [lambda p, t: t.optim.SGD([p], lr=0.1), lambda p, t: t.optim.Adam([p])])
def test_an_expanded_parameter_is_refused(make):
    """torch says the same."""
    said = []
    for library in (mt, torch):
        p = library.zeros(1).expand(3).requires_grad_()
        p.grad = library.ones(3)
        with pytest.raises(RuntimeError) as error:
            make(p, library).step()
        said.append(str(error.value))
        assert p.tolist() == [0, 0, 0]
    assert said[0] == said[1]
