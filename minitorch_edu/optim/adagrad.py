"""Adagrad: each number has its own step size, smaller the more its gradients have added up.

    s_t = s_{t-1} + g_t^2,      theta_t = theta_{t-1} - lr g_t / (sqrt(s_t) + eps)

Paper: Duchi, Hazan & Singer (2011), section 1.1, https://jmlr.org/papers/v12/duchi11a.html
Twin:  torch.optim.Adagrad
"""

from functools import partial

import numpy as np

from ..autograd import wrap
from .optimizer import Optimizer, advance, check_options, in_blocks, one_implementation, scalar

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Adagrad with the step size lr / (1 + (t - 1) lr_decay) at step t, and s_0 = initial_accumulator_value.

    weight_decay adds weight_decay * theta to the gradient. maximize: climb. Raises ValueError for negative options.

    >>> x = torch.zeros(1, requires_grad=True)
    >>> optimizer = optim.Adagrad([x], lr=1.0)
    >>> for g in (3.0, 4.0):  # s_t is 9, then 25: steps of 3 / 3 and 4 / 5
    ...     x.grad = torch.tensor([g])
    ...     optimizer.step()
    ...     print(x)
    tensor([-1.], requires_grad=True)
    tensor([-1.8000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10,
                 foreach=None, *, maximize=False, differentiable=False, fused=None):  # fmt: skip
        check_options(self, lr, **{"lr_decay value": lr_decay, "weight_decay value": weight_decay,
                                   "initial_accumulator_value value": initial_accumulator_value,
                                   "epsilon value": eps})  # fmt: skip
        one_implementation(self, foreach=foreach, differentiable=differentiable, fused=fused)
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                                  "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable, "fused": fused})  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                self._start(p)

    def _start(self, p):
        start = self.defaults["initial_accumulator_value"]
        self.state[p] = {"step": wrap(np.zeros((), np.float32)), "sum": wrap(np.full_like(p.array, start))}

    def step(self, closure=None):
        """Update every parameter that has a gradient; return closure(), the loss, if there is one."""
        loss, updates = self.evaluate(closure), []
        for group, p in self.with_gradient():
            if not self.state[p]:
                self._start(p)
            t = advance(self.state[p])
            updates.append((partial(self._update, group, t), p, p.grad, self.state[p]["sum"]))
        in_blocks(updates)
        return loss

    def _update(self, group, t, theta, g, s):
        """The update of a piece of a parameter; all are flat arrays."""
        lr = scalar(group["lr"]) / (1 + (t - 1) * group["lr_decay"])
        eps, decay = group["eps"], group["weight_decay"]
        if group["maximize"]:
            g = -g
        if decay:
            g = g + decay * theta  # g_t = gradient + decay theta_{t-1}
        s += g * g  # s_t = s_{t-1} + g_t^2
        theta -= lr * g / (np.sqrt(s) + eps)  # theta_t = theta_{t-1} - lr g_t / (sqrt(s_t) + eps)
