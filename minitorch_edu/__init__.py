"""The parts of torch that a CIFAR-10 tutorial uses, written in NumPy to be read.

import minitorch_edu as torch
"""
