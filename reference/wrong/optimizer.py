"""Wrong versions of the optimizers. Each holds its state in NumPy arrays, and writes to the parameters in place."""

import numpy as np

from minitorch_edu.optim import Optimizer

from . import wrong

# ------------------------------------------------------------------------------------------------ SGD


@wrong("SGD", source="https://github.com/paiml/aprender/pull/2190")
class LrInsideTheVelocity(Optimizer):
    """The velocity holds lr * gradient, and so old learning rates: lr multiplies the whole velocity at each step."""

    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            b = group["momentum"] * self.state[p].get("b", 0) + float(group["lr"]) * g
            self.state[p]["b"] = b
            p.array[...] -= b


@wrong("SGD", source="https://github.com/ml-explore/mlx/pull/473")
class FirstStepDampened(Optimizer):
    """The first gradient is dampened too: the velocity starts with the whole of it."""

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            if group["momentum"]:
                g = group["momentum"] * self.state[p].get("b", 0) + (1 - group["dampening"]) * g
                self.state[p]["b"] = g
            p.array[...] -= float(group["lr"]) * g


@wrong("SGD", source="https://github.com/HIPS/autograd/issues/289")
class AverageForMomentum(Optimizer):
    """The gradient is multiplied by 1 - momentum: it is added to the velocity as it is (less what dampening takes)."""

    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            b = group["momentum"] * self.state[p].get("b", 0) + (1 - group["momentum"]) * g
            self.state[p]["b"] = b
            p.array[...] -= float(group["lr"]) * b


@wrong("SGD", source="https://github.com/hiroyuki-kasai/SGDLibrary/issues/8")
class NesterovOneStepLate(Optimizer):
    """Nesterov adds the velocity from before the step, which makes it plain momentum: it adds the one after it."""

    def __init__(self, params, lr=1e-3, momentum=0, nesterov=False, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g, before = p.grad.array + group["weight_decay"] * p.array, self.state[p].get("b", 0)
            self.state[p]["b"] = b = group["momentum"] * before + g
            p.array[...] -= float(group["lr"]) * (g + group["momentum"] * before if group["nesterov"] else b)


@wrong("SGD", source="https://github.com/pytorch/pytorch/pull/5920")
class NesterovOfTheVelocity(Optimizer):
    """Nesterov steps along (1 + momentum) * velocity: it steps along gradient + momentum * velocity."""

    def __init__(self, params, lr=1e-3, momentum=0, nesterov=False, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            self.state[p]["b"] = b = group["momentum"] * self.state[p].get("b", 0) + g
            p.array[...] -= float(group["lr"]) * (b + group["momentum"] * b if group["nesterov"] else b)


@wrong("SGD", source="https://github.com/chainer/chainer/issues/261")
class DecayOfTheWrongSign(Optimizer):
    """The decay is subtracted from the gradient, and the weights grow: it is added."""

    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array - group["weight_decay"] * p.array
            self.state[p]["b"] = b = group["momentum"] * self.state[p].get("b", 0) + g
            p.array[...] -= float(group["lr"]) * b


@wrong("SGD", source="https://github.com/ml-explore/mlx/issues/440")
class NoDecayWithoutMomentum(Optimizer):
    """Without momentum the weights do not decay: the decay has nothing to do with momentum."""

    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array
            if group["momentum"]:
                g = g + group["weight_decay"] * p.array
                self.state[p]["b"] = g = group["momentum"] * self.state[p].get("b", 0) + g
            p.array[...] -= float(group["lr"]) * g


@wrong("SGD", source="https://github.com/apache/mxnet/issues/9363")
class DecayAfterTheVelocity(Optimizer):
    """The decay is added to the step, not to the gradient, and so never enters the velocity."""

    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            self.state[p]["b"] = b = group["momentum"] * self.state[p].get("b", 0) + p.grad.array
            p.array[...] -= float(group["lr"]) * (b + group["weight_decay"] * p.array)


# ------------------------------------------------------------------------------------------------ Adagrad, RMSprop


@wrong("Adagrad", source="https://github.com/benbo/adagrad/issues/1")
class AdagradEpsInsideTheRoot(Optimizer):
    """eps is added under the root: it is added to the root, sqrt(s) + eps."""

    def __init__(self, params, lr=1e-2, eps=1e-10, weight_decay=0):
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            self.state[p]["s"] = s = self.state[p].get("s", 0) + g * g
            p.array[...] -= float(group["lr"]) * g / np.sqrt(s + group["eps"])


@wrong("Adagrad", source="https://github.com/facebookresearch/dlrm/pull/337")
class AdagradEpsOf1e8(Optimizer):
    """eps is 1e-8 unless told otherwise: that of Adagrad is 1e-10."""

    def __init__(self, params, lr=1e-2, eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            self.state[p]["s"] = s = self.state[p].get("s", 0) + g * g
            p.array[...] -= float(group["lr"]) * g / (np.sqrt(s) + group["eps"])


@wrong("Adagrad", source="https://github.com/PaddlePaddle/Paddle/issues/4184")
class AdagradClimbs(Optimizer):
    """The step is added to the parameters, which climb: it is subtracted."""

    def __init__(self, params, lr=1e-2, eps=1e-10, weight_decay=0):
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array + group["weight_decay"] * p.array
            self.state[p]["s"] = s = self.state[p].get("s", 0) + g * g
            p.array[...] += float(group["lr"]) * g / (np.sqrt(s) + group["eps"])


@wrong("Adagrad", source="https://github.com/apache/mxnet/issues/9363")
class AdagradDecayAfterTheSquares(Optimizer):
    """The decay is added to the step, not to the gradient, and so never enters the sum of squares."""

    def __init__(self, params, lr=1e-2, eps=1e-10, weight_decay=0):
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            g = p.grad.array
            self.state[p]["s"] = s = self.state[p].get("s", 0) + g * g
            step = g / (np.sqrt(s) + group["eps"]) + group["weight_decay"] * p.array
            p.array[...] -= float(group["lr"]) * step


@wrong("RMSprop", source="https://github.com/pytorch/pytorch/issues/23796")
class RMSpropEpsInsideTheRoot(Optimizer):
    """eps is added under the root: it is added to the root, sqrt(v) + eps."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0):
        super().__init__(
            params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        )

    def step(self):
        for group, p in self.with_gradient():
            state, alpha = self.state[p], group["alpha"]
            g = p.grad.array + group["weight_decay"] * p.array
            state["v"] = v = alpha * state.get("v", 0) + (1 - alpha) * g * g
            state["b"] = b = group["momentum"] * state.get("b", 0) + g / np.sqrt(v + group["eps"])
            p.array[...] -= float(group["lr"]) * b


@wrong("RMSprop", source="https://github.com/pytorch/pytorch/issues/32545")
class RMSpropLrInsideTheVelocity(Optimizer):
    """The velocity holds lr * step, and so old learning rates: lr multiplies the whole velocity at each step."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0):
        super().__init__(
            params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        )

    def step(self):
        for group, p in self.with_gradient():
            state, alpha, lr = self.state[p], group["alpha"], float(group["lr"])
            g = p.grad.array + group["weight_decay"] * p.array
            state["v"] = v = alpha * state.get("v", 0) + (1 - alpha) * g * g
            state["b"] = b = group["momentum"] * state.get("b", 0) + lr * g / (np.sqrt(v) + group["eps"])
            p.array[...] -= b


@wrong("RMSprop", source="https://github.com/torch/optim/pull/117")
class RMSpropStartsAt1(Optimizer):
    """The mean of the squares starts at 1: it starts at 0."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0):
        super().__init__(
            params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        )

    def step(self):
        for group, p in self.with_gradient():
            state, alpha = self.state[p], group["alpha"]
            g = p.grad.array + group["weight_decay"] * p.array
            state["v"] = v = alpha * state.get("v", 1) + (1 - alpha) * g * g
            state["b"] = b = group["momentum"] * state.get("b", 0) + g / (np.sqrt(v) + group["eps"])
            p.array[...] -= float(group["lr"]) * b


@wrong("RMSprop", source="https://github.com/CanReader/FastNN/issues/12")
class CenteredEpsInsideTheRoot(Optimizer):
    """Where it is centered, eps is added under the root, to the variance: it is added to the root."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, centered=False):
        super().__init__(
            params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "centered": centered}
        )

    def step(self):
        for group, p in self.with_gradient():
            state, alpha, eps = self.state[p], group["alpha"], group["eps"]
            g = p.grad.array + group["weight_decay"] * p.array
            state["v"] = v = alpha * state.get("v", 0) + (1 - alpha) * g * g
            state["m"] = m = alpha * state.get("m", 0) + (1 - alpha) * g
            root = np.sqrt(v - m * m + eps) if group["centered"] else np.sqrt(v) + eps
            p.array[...] -= float(group["lr"]) * g / root
