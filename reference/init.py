"""nn.init: initial weights, the same bits as torch's (but for orthogonal_, which LAPACK rounds)."""

import numpy as np
from hypothesis import strategies as st

from .draw import options, shapes
from .program import program
from .random import COMMON, Draw, X, calls, floats, illegal, laid, with_bounds
from .record import Call

WEIGHTS = st.one_of(st.sampled_from([(6, 3, 5, 5), (10, 84), (120, 400), (16, 6, 5, 5), (1, 1)]), shapes(2, 5, 1, 7))
MATRICES = st.tuples(st.integers(1, 30), st.integers(1, 30))
CONSTANT = laid(sizes=shapes(0, 4, 0, 6))
NONLINEARITIES = ["linear", "conv2d", "conv_transpose2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
KAIMING = {"a": st.one_of(st.just(5**0.5), floats(0, 3)), "mode": st.sampled_from(["fan_in", "fan_out", "FAN_OUT"]),
           "nonlinearity": st.sampled_from(NONLINEARITIES)}  # fmt: skip
FEW = np.zeros((2, 3), np.float32)


@st.composite
def truncated_calls(draw):
    """Intervals that hold much or little of the normal distribution."""
    mean, std = draw(floats(-3, 3)), draw(floats(0.05, 3))
    a = draw(floats(-2, 2)) * std + mean
    with_interval = (
        {} if draw(st.booleans()) else {"mean": mean, "std": std, "a": a, "b": a + draw(floats(0.3, 4)) * std}
    )
    return Call(draw(laid()), **with_interval, **draw(options(**COMMON)))


def init(name, calls, *illegal, **more):
    return Draw(f"nn.init.{name}", calls, illegal=illegal, **more)


@st.composite
def diracs(draw):
    """Weights of grouped convolutions."""
    groups = draw(st.integers(1, 3))
    shape = (groups * draw(st.integers(1, 4)), *draw(shapes(2, 4, 1, 5)))
    return Call(draw(laid(sizes=st.just(shape))), *([groups] if groups > 1 else []))


def flattens(x):
    """Whether the axes behind the first can be seen as one: faults.strided_weights."""
    return np.may_share_memory(x.reshape(len(x), -1), x)


ONE = (illegal(ValueError, "fewer than 2 dimensions", X),)
RECORDS = [
    init("uniform_", with_bounds(laid())),
    init("normal_", calls(laid(), mean=floats(-3, 3), std=floats(0, 3))),
    init("trunc_normal_", truncated_calls()),
    init("constant_", st.builds(Call, CONSTANT, floats(-3, 3))),
    init("ones_", st.builds(Call, CONSTANT)),
    init("zeros_", st.builds(Call, CONSTANT)),
    init("eye_", st.builds(Call, laid(sizes=MATRICES)), illegal(ValueError, "2 dimensions", X)),
    init("dirac_", diracs(), illegal(ValueError, "3, 4, or 5 dimensions", FEW),
         illegal(ValueError, "divisible by groups|2|3", FEW[..., None], 3)),
    init("xavier_uniform_", calls(laid(sizes=WEIGHTS), gain=floats(0.1, 3)), *ONE),
    init("xavier_normal_", calls(laid(sizes=WEIGHTS), gain=floats(0.1, 3)), *ONE),
    init("kaiming_uniform_", calls(laid(sizes=WEIGHTS), **KAIMING), *ONE,
         illegal(ValueError, "Mode|fan_in", FEW, 0, "in"),
         illegal(ValueError, "nonlinearity|elu", FEW, 0, "fan_in", "elu"),
         illegal(ValueError, "negative_slope", FEW, "1")),
    init("kaiming_normal_", calls(laid(sizes=WEIGHTS), **KAIMING), *ONE),
    init("orthogonal_", calls(laid(sizes=WEIGHTS).filter(flattens), gain=floats(0.1, 3)),
         illegal(ValueError, "2 or more", X), exact=False, floor=64.0),  # a decomposition of up to 400 columns
    init("sparse_", calls(laid(sizes=MATRICES), floats(0, 1), std=floats(0, 3)),
         illegal(ValueError, "2 dimensions", X, 0.1)),
]  # fmt: skip


@program(RECORDS, st.builds(Call, st.sampled_from([*NONLINEARITIES, "conv1d", "conv3d", "gelu"]),
                            st.none() | st.sampled_from([True, "0.1", 0, 3]) | floats(0, 3)), "nn.init.calculate_gain",
         illegal=(illegal(ValueError, "Unsupported nonlinearity gelu", "gelu", None),))  # fmt: skip
def gains(torch, nonlinearity, param):
    return torch.nn.init.calculate_gain(nonlinearity, param)
