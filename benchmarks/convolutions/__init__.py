"""The ways to convolve, side by side: read `ways.py`; `bench.py` races them."""

from .bench import bench
from .ways import WAYS, Way

__all__ = ["WAYS", "Way", "bench"]
