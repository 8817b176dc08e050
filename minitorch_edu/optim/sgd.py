"""Stochastic gradient descent, with momentum.

    b_t = mu b_{t-1} + (1 - tau) g_t,       theta_t = theta_{t-1} - lr b_t

Paper: Polyak (1964), https://doi.org/10.1016/0041-5553(64)90137-5; with Nesterov's look ahead: Sutskever et al. (2013),
       equations 3 and 4, https://proceedings.mlr.press/v28/sutskever13.html
Twin:  torch.optim.SGD
"""

from functools import partial

from ..ops.creation import zeros_like
from .optimizer import Optimizer, check_options, in_blocks, one_implementation, scalar

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent: momentum is mu, dampening tau; weight_decay adds weight_decay * theta to the gradient.

    nesterov: follow the gradient and the momentum it will have next. maximize: climb. Raises ValueError for negative
    options, and for nesterov without momentum.

    >>> x = torch.zeros(1, requires_grad=True)
    >>> x.grad = torch.ones(1)
    >>> optimizer = optim.SGD([x], lr=1.0, momentum=0.5)
    >>> for _ in range(3):  # b_t is 1, 1.5, 1.75
    ...     optimizer.step()
    ...     print(x.item())
    -1.0
    -2.5
    -4.25
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
                 foreach=None, differentiable=False, fused=None):  # fmt: skip
        check_options(self, lr, **{"momentum value": momentum, "weight_decay value": weight_decay})
        one_implementation(self, foreach=foreach, differentiable=differentiable, fused=fused)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
                                  "differentiable": differentiable, "fused": fused})  # fmt: skip

    def step(self, closure=None):
        """Update every parameter that has a gradient; return closure(), the loss, if there is one."""
        loss, updates = self.evaluate(closure), []
        for group, p in self.with_gradient():
            momentum = self.state[p].get("momentum_buffer") if group["momentum"] else None
            first = momentum is None
            if first and group["momentum"]:
                momentum = self.state[p]["momentum_buffer"] = zeros_like(p)
            updates.append((partial(self._update, group, first), p, p.grad, momentum))
        in_blocks(updates)
        return loss

    def _update(self, group, first, theta, g, b):
        """The update of a piece of a parameter; all are flat arrays."""
        lr, mu, tau, decay = scalar(group["lr"]), group["momentum"], group["dampening"], group["weight_decay"]
        if group["maximize"]:
            g = -g
        if decay:
            g = g + decay * theta  # g_t = gradient + decay theta_{t-1}
        if mu and first:
            b[...] = g  # b_1 = g_1
        elif mu:
            b *= mu
            b += (1 - tau) * g if tau else g  # b_t = mu b_{t-1} + (1 - tau) g_t
        if mu:
            g = g + mu * b if group["nesterov"] else b
        theta -= lr * g  # theta_t = theta_{t-1} - lr g_t
