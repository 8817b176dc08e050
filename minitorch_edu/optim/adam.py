"""Adam: momentum, divided by the root of the mean of the recent squares, both corrected for having started at zero.

    m_t = beta1 m_{t-1} + (1 - beta1) g_t,      v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
    m_hat = m_t / (1 - beta1^t),                v_hat = v_t / (1 - beta2^t)
    theta_t = theta_{t-1} - lr m_hat / (sqrt(v_hat) + eps)

Paper: Kingma & Ba (2015), algorithm 1, https://arxiv.org/abs/1412.6980;
       amsgrad: Reddi, Kale & Kumar (2018), algorithm 2, https://arxiv.org/abs/1904.09237
Twin:  torch.optim.Adam
"""

from functools import partial

import numpy as np

from ..autograd import Tensor, wrap
from ..ops.creation import zeros_like
from .optimizer import Optimizer, advance, check_options, in_blocks, one_implementation, scalar

__all__ = ["Adam"]


class Adam(Optimizer):
    """Adam; amsgrad divides by the largest v so far.

    weight_decay adds weight_decay * theta to the gradient, or, with decoupled_weight_decay, shrinks theta (see AdamW).
    maximize: climb. Raises ValueError for negative options and betas outside [0, 1).

    >>> x = torch.zeros(2, requires_grad=True)
    >>> x.grad = torch.tensor([0.01, -100.0])  # the first m_hat / sqrt(v_hat) is g / |g|
    >>> optim.Adam([x], lr=0.5).step()
    >>> x
    tensor([-0.5000,  0.5000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None,
                 decoupled_weight_decay=False):  # fmt: skip
        check_options(self, lr, **{"epsilon value": eps, "weight_decay value": weight_decay})
        one_implementation(self, foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused)
        for i, beta in enumerate(betas):
            if not 0 <= scalar(beta) < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
            raise ValueError(f"betas must be either both floats or both Tensors, got {betas}")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay,
                                  "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
                                  "capturable": capturable, "differentiable": differentiable, "fused": fused,
                                  "decoupled_weight_decay": decoupled_weight_decay})  # fmt: skip

    def step(self, closure=None):
        """Update every parameter that has a gradient; return closure(), the loss, if there is one."""
        loss, updates = self.evaluate(closure), []
        for group, p in self.with_gradient():
            state = self.state[p]
            if not state:
                state["step"] = wrap(np.zeros((), np.float32))
                state["exp_avg"], state["exp_avg_sq"] = zeros_like(p), zeros_like(p)
                if group["amsgrad"]:
                    state["max_exp_avg_sq"] = zeros_like(p)
            t = advance(state)
            largest = state["max_exp_avg_sq"] if group["amsgrad"] else None
            updates.append((partial(self._update, group, t), p, p.grad, state["exp_avg"], state["exp_avg_sq"], largest))
        in_blocks(updates)
        return loss

    def _update(self, group, t, theta, g, m, v, v_max):
        """The update of a piece of a parameter; all are flat arrays."""
        lr, eps, decay = scalar(group["lr"]), group["eps"], group["weight_decay"]
        beta1, beta2 = map(scalar, group["betas"])
        step_size = lr / (1 - beta1**t)
        root_correction = (1 - beta2**t) ** 0.5
        if group["maximize"]:
            g = -g
        if decay and group["decoupled_weight_decay"]:
            theta *= 1 - lr * decay  # theta_{t-1} - lr decay theta_{t-1}
        elif decay:
            g = g + decay * theta  # g_t = gradient + decay theta_{t-1}
        m *= beta1
        m += (1 - beta1) * g  # m_t = beta1 m_{t-1} + (1 - beta1) g_t
        v *= beta2
        v += (1 - beta2) * g * g  # v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
        if group["amsgrad"]:
            v = np.maximum(v_max, v, out=v_max)  # the largest v so far takes its place
        root = np.sqrt(v) / root_correction  # sqrt(v_hat) = sqrt(v_t / (1 - beta2^t))
        theta -= step_size * m / (root + eps)  # theta_t = theta_{t-1} - lr m_hat / (sqrt(v_hat) + eps)
