"""RMSprop: the gradient divided by the root of the mean of its recent squares.

    v_t = alpha v_{t-1} + (1 - alpha) g_t^2,    theta_t = theta_{t-1} - lr g_t / (sqrt(v_t) + eps)

Paper: Tieleman & Hinton (2012), lecture 6.5, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf;
       centered, with momentum: Graves (2013), equations 38 to 45, https://arxiv.org/abs/1308.0850 (eps under the root)
Twin:  torch.optim.RMSprop
"""

from functools import partial

import numpy as np

from ..autograd import wrap
from ..ops.creation import zeros_like
from .optimizer import Optimizer, advance, check_options, in_blocks, one_implementation, scalar

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """RMSprop; alpha is how much of the mean of the squares stays at each step.

    centered: divide by the root of the variance, v_t minus the square of the gradients' mean. momentum: mu, on the
    divided gradients. weight_decay adds weight_decay * theta to the gradient. maximize: climb. Raises ValueError for
    negative options.

    >>> x = torch.zeros(2, requires_grad=True)
    >>> x.grad = torch.tensor([2.0, 200.0])  # v_1 is 0.25 * 4 = 1 and 10000, and g / sqrt(v) 2 and 2
    >>> optim.RMSprop([x], lr=0.5, alpha=0.75).step()
    >>> x
    tensor([-1., -1.], requires_grad=True)
    """

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False,
                 capturable=False, foreach=None, maximize=False, differentiable=False):  # fmt: skip
        check_options(self, lr, **{"epsilon value": eps, "momentum value": momentum,
                                   "weight_decay value": weight_decay, "alpha value": alpha})  # fmt: skip
        one_implementation(self, capturable=capturable, foreach=foreach, differentiable=differentiable)
        super().__init__(params, {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
                                  "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
                                  "maximize": maximize, "differentiable": differentiable})  # fmt: skip

    def step(self, closure=None):
        """Update every parameter that has a gradient; return closure(), the loss, if there is one."""
        loss, updates = self.evaluate(closure), []
        for group, p in self.with_gradient():
            state, mu, centered = self.state[p], group["momentum"], group["centered"]
            if not state:
                state["step"], state["square_avg"] = wrap(np.zeros((), np.float32)), zeros_like(p)
                if mu > 0:
                    state["momentum_buffer"] = zeros_like(p)
                if centered:
                    state["grad_avg"] = zeros_like(p)
            advance(state)
            momentum = state["momentum_buffer"] if mu > 0 else None
            mean = state["grad_avg"] if centered else None
            updates.append((partial(self._update, group), p, p.grad, state["square_avg"], mean, momentum))
        in_blocks(updates)
        return loss

    def _update(self, group, theta, g, v, m, b):
        """The update of a piece of a parameter; all are flat arrays."""
        lr, alpha, eps, decay = scalar(group["lr"]), group["alpha"], group["eps"], group["weight_decay"]
        mu, centered = group["momentum"], group["centered"]
        if group["maximize"]:
            g = -g
        if decay:
            g = g + decay * theta  # g_t = gradient + decay theta_{t-1}
        v *= alpha
        v += (1 - alpha) * g * g  # v_t = alpha v_{t-1} + (1 - alpha) g_t^2
        variance = v
        if centered:
            m *= alpha
            m += (1 - alpha) * g  # m_t = alpha m_{t-1} + (1 - alpha) g_t
            variance = v - m * m
        step = g / (np.sqrt(variance) + eps)
        if mu > 0:
            b *= mu
            b += step  # b_t = mu b_{t-1} + g_t / (sqrt(variance) + eps)
            step = b
        theta -= lr * step  # theta_t = theta_{t-1} - lr step
