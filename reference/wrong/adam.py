"""Wrong versions of Adam and AdamW. Each holds its state in NumPy arrays, and writes to the parameters in place."""

import numpy as np

from minitorch_edu.optim import Optimizer

from . import wrong


@wrong("Adam", source="https://github.com/oxiglade/mlx-rs/issues/301")
class NoBiasCorrection(Optimizer):
    """m and v are not corrected for having started at 0: they are divided by 1 - beta^t."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            p.array[...] -= lr * m / (np.sqrt(v) + group["eps"])


@wrong("Adam", source="https://github.com/eriklindernoren/ML-From-Scratch/issues/35")
class CorrectionWithoutPower(Optimizer):
    """m and v are divided by 1 - beta at every step: it is 1 - beta^t, which tends to 1."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("Adam", source="https://github.com/cs231n/cs231n.github.io/issues/179")
class CountsFromTwo(Optimizer):
    """The first step is counted as number 2: t is 1 there, so that m / (1 - beta1^t) is the gradient."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 1) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("Adam", source="https://github.com/frgfm/holocron/issues/1")
class CorrectionKept(Optimizer):
    """The corrected m goes into the next step: each step corrects its own, and keeps the uncorrected one."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])
            state["m"] = m_hat


@wrong("Adam", source="https://github.com/FluxML/Flux.jl/pull/448")
class EpsInsideTheRoot(Optimizer):
    """eps is added under the root: it is added to the root, sqrt(v_hat) + eps."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] -= lr * m_hat / np.sqrt(v_hat + group["eps"])


@wrong("Adam", source="https://github.com/tensorflow/tensorflow/issues/9047")
class EpsOnTheUncorrectedRoot(Optimizer):
    """eps is added before the root is corrected, and is corrected with it: it is added to sqrt(v_hat)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            root = (np.sqrt(v) + group["eps"]) / np.sqrt(1 - beta2**t)
            p.array[...] -= lr * m / (1 - beta1**t) / root


@wrong("Adam", source="https://github.com/workofart/ml-by-hand/pull/42")
class DecoupledDecay(Optimizer):
    """The decay shrinks the weights, as AdamW's does: that of Adam is added to the gradient."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] *= 1 - lr * group["weight_decay"]
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("Adam", source="https://github.com/google-deepmind/optax/issues/1389")
class LargestCorrected(Optimizer):
    """amsgrad keeps the largest corrected v_hat: it keeps the largest v, and then corrects it."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        )

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            if group["amsgrad"]:
                state["most"] = v_hat = np.maximum(state.get("most", 0), v_hat)
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("AdamW", source="https://github.com/nntrainer/nntrainer/pull/3565")
class CoupledDecay(Optimizer):
    """The decay is added to the gradient, as Adam's is: that of AdamW shrinks the weights themselves."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array + group["weight_decay"] * p.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("AdamW", source="https://github.com/tensorflow/addons/issues/2282")
class DecayWithoutLr(Optimizer):
    """The weights shrink by weight_decay at each step: they shrink by lr * weight_decay."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] *= 1 - group["weight_decay"]
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("AdamW", source="https://github.com/e-sensing/torchopt/pull/14")
class DecayWithoutTheWeights(Optimizer):
    """The same number lr * weight_decay is taken off all weights: it is multiplied by the weights."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            p.array[...] -= lr * group["weight_decay"]
            p.array[...] -= lr * m_hat / (np.sqrt(v_hat) + group["eps"])


@wrong("AdamW", source="https://github.com/karpathy/nanochat/issues/304")
class EpsBeforeTheCorrection(Optimizer):
    """eps is added before the root is corrected, and is corrected with it: it is added to sqrt(v_hat)."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def step(self):
        for group, p in self.with_gradient():
            state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
            state["t"] = t = state.get("t", 0) + 1
            g = p.grad.array
            state["m"] = m = beta1 * state.get("m", 0) + (1 - beta1) * g
            state["v"] = v = beta2 * state.get("v", 0) + (1 - beta2) * g * g
            p.array[...] *= 1 - lr * group["weight_decay"]
            root = (np.sqrt(v) + group["eps"]) / np.sqrt(1 - beta2**t)
            p.array[...] -= lr * m / (1 - beta1**t) / root
