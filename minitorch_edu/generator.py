"""Where random numbers come from: the Mersenne Twister, seeded and read as torch does it on the CPU.

Everything that draws takes 32-bit words from one sequence, which the seed fixes. So what is drawn depends only on the
seed and on the order and sizes of the draws before it, and both are torch's.

Paper: Matsumoto & Nishimura (1998), "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
       generator", https://doi.org/10.1145/272991.272995
Twin:  https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
"""

import math
import os

import numpy as np

from .autograd import Tensor, wrap
from .dtypes import as_device

__all__ = ["Generator", "default_generator"]

# torch's layout of a generator's state, 5056 bytes. `next` words of the current 624 are used and `left` - 1 are not.
_STATE = np.dtype([("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("words", "<u8", 624),
                   ("x", "<f8"), ("normal", "<f8"), ("rho", "<f8"), ("has_normal", "<i4"), ("_", "<i4"),
                   ("float_normal", "<f4"), ("has_float_normal", "<i4")])  # fmt: skip


class Generator:
    """A sequence of random numbers: `rand(3, generator=Generator().manual_seed(0))`.

    Seeded with 67280421310721 to begin with. A copy, and what pickle restores, goes on from the same place.

    >>> generator = torch.Generator().manual_seed(0)
    >>> torch.rand(2, generator=generator), torch.rand(2, generator=generator)
    (tensor([0.4963, 0.7682]), tensor([0.0885, 0.1320]))
    """

    def __init__(self, device="cpu"):
        self.device = as_device(device)
        self.manual_seed(67280421310721)

    # The seed

    def manual_seed(self, seed):
        """Begin the sequence of a seed (its low 32 bits choose it). ValueError unless -2**63 <= seed < 2**64."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"Overflow when unpacking long long: seed {seed} is not between -2**63 and 2**64 - 1")
        self._seed = int(seed) % 2**64
        self._twister = None  # made when the first words are asked for: importing numpy.random takes time
        self._used = 0  # of the current 624 words; 0 only before the first
        self._normal = None
        return self

    def seed(self):
        """Begin the sequence of an unpredictable seed, and return the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self):
        """The seed that the sequence began with."""
        return self._seed

    # The sequence

    def words(self, count):
        """The next `count` numbers of the sequence: uint32 (count,)."""
        if count:
            self._used = (self._used - 1 + count) % 624 + 1
        return self._engine().random_raw(count).astype(np.uint32)

    def _engine(self):
        if self._twister is None:
            self._restore(_first_words(self._seed % 2**32), 624)
        return self._twister

    def _restore(self, words, used):
        self._twister = np.random.MT19937(0)
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": np.asarray(words, np.uint32), "pos": used}}

    def bits24(self, count):
        """uint32 (count,) below 2**24, one word each: as many bits as a float32 has."""
        words = self.words(count)
        words &= np.uint32(2**24 - 1)
        return words

    def bits64(self, count):
        """uint64 (count,), two words each, of which the first is the high half."""
        swapped = self.words(2 * count).astype("<u4", copy=False).view("<u8")  # the first word is the low half
        return swapped << np.uint64(32) | swapped >> np.uint64(32)

    def bits53(self, count):
        """uint64 (count,) below 2**53, two words each: as many bits as a float64 has."""
        return self.bits64(count) & np.uint64(2**53 - 1)

    def u24(self, count):
        """Uniform in [0, 1), float32 (count,)."""
        return self.bits24(count).astype(np.float32) * np.float32(2.0**-24)

    def u53(self, count):
        """Uniform in [0, 1), float64 (count,)."""
        return self.bits53(count) * 2.0**-53

    def normals(self, count):
        """Standard normal numbers one by one, float64 (count,): Box and Muller (1958) make two of two uniform ones.

        r cos(t) and r sin(t), r = sqrt(-2 ln(1 - u2)), t = 2 pi u1. The last sine of an odd count waits for the next.
        """
        normals = [] if self._normal is None or not count else [self._normal]
        uniforms = self.u53((count - len(normals) + 1) // 2 * 2).tolist()
        for u1, u2 in zip(uniforms[::2], uniforms[1::2]):
            r, t = math.sqrt(-2 * math.log1p(-u2)), 2 * math.pi * u1
            normals += (r * math.cos(t), r * math.sin(t))
        if count:
            self._normal = normals.pop() if len(normals) > count else None
        return np.array(normals)

    # The state

    def get_state(self):
        """The whole state as torch lays it out, a uint8 tensor of 5056 numbers (`torch.set_rng_state` takes it too)."""
        state = np.zeros((), _STATE)
        words = self._engine().state["state"]["key"]
        state["seed"], state["seeded"], state["words"] = self._seed, 1, words
        state["left"], state["next"] = 625 - self._used if self._used else 1, self._used
        state["normal"], state["has_normal"] = self._normal or 0, self._normal is not None
        return wrap(np.frombuffer(state.tobytes(), np.uint8).copy())

    def set_state(self, new_state):
        """Go on from a state of `get_state`, or of torch's. TypeError, RuntimeError if it is none."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.array.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor, this is a tensor of {new_state.dtype}")
        if new_state.array.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG state size to be "
                f"{new_state.array.size}"
            )
        state = np.frombuffer(new_state.array.tobytes(), _STATE)[0]
        used = int(state["next"])
        if not state["seeded"] or used > 624 or state["left"] != (625 - used if used else 1):
            raise RuntimeError("Invalid mt19937 state")
        self._seed, self._used = int(state["seed"]), used
        self._normal = float(state["normal"]) if state["has_normal"] else None
        self._restore(state["words"], used or 624)
        return self

    def clone_state(self):
        """Another generator at the same place."""
        clone = Generator()
        clone.set_state(self.get_state())
        return clone

    def __getstate__(self):
        return self.get_state().array

    def __setstate__(self, array):
        self.__init__()
        self.set_state(wrap(array))


def _first_words(seed):
    """The 624 words that a 32-bit seed stands for (the initialisation of 2002)."""
    words = [seed]
    for i in range(1, 624):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + i) % 2**32)
    return words


default_generator = Generator()
default_generator.seed()
