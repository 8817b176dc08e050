"""The operators, one idea to a file: the value, and the gradient of every input.

Their names are used from minitorch_edu, nn.functional and Tensor.
"""
