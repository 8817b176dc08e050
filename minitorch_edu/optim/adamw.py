"""AdamW: Adam whose weight decay shrinks the weights themselves, instead of passing through the running means.

    theta_t = (1 - lr decay) theta_{t-1} - lr m_hat / (sqrt(v_hat) + eps)

The update stands in adam.py, where this decay is one line.

Paper: Loshchilov & Hutter (2019), algorithm 2, https://arxiv.org/abs/1711.05101
Twin:  torch.optim.AdamW
"""

from .adam import Adam

__all__ = ["AdamW"]


class AdamW(Adam):
    """Adam with decoupled_weight_decay, always, and weight_decay 0.01 unless told otherwise.

    >>> for kind in (optim.AdamW, optim.Adam):
    ...     x = torch.ones(1, requires_grad=True)
    ...     x.grad = torch.zeros(1)
    ...     kind([x], lr=0.1, weight_decay=0.5).step()
    ...     print(x)  # 1 - 0.1 * 0.5; in Adam the decay, as any gradient, makes a step of lr
    tensor([0.9500], requires_grad=True)
    tensor([0.9000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *,
                 maximize=False, foreach=None, capturable=False, differentiable=False, fused=None):  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
                         capturable=capturable, differentiable=differentiable, fused=fused,
                         decoupled_weight_decay=True)  # fmt: skip

    def load_state_dict(self, state_dict):
        """Continue from a `state_dict()`; from one of Adam's too, but with the decay decoupled.

        >>> x = torch.ones(1, requires_grad=True)
        >>> optimizer = optim.AdamW([x])
        >>> optimizer.load_state_dict(optim.Adam([x], lr=0.5).state_dict())
        >>> [optimizer.param_groups[0][option] for option in ("lr", "decoupled_weight_decay")]
        [0.5, True]
        """
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
