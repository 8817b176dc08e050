"""python -m benchmarks.convolutions: the ways to convolve, raced."""

import argparse

from . import bench

parser = argparse.ArgumentParser("python -m benchmarks.convolutions", description=__doc__)
parser.add_argument("--rounds", type=int, default=9)
parser.add_argument("--seconds", type=float, default=0.2, help="of a turn")
parser.add_argument("--threads", type=int, help="of each way; all cores, if not given")
parser.add_argument("--file", metavar="FILE.py[:FUNCTION]", help="your own conv2d, to race with them")

if __name__ == "__main__":
    bench(parser.parse_args())
