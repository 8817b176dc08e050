"""1.3.1: tensors: made from lists and arrays, of several types; sums, products, joined, reshaped."""

from course import Block

BLOCKS = [
    Block(
        "1.3.1 from lists and arrays",
        """
import numpy as np
import torch

table = torch.tensor([[1, 2, 3], [4, 5, 6]])
print(table.shape)
array = np.array([1, 2, 3])
of_an_array = torch.tensor(array)
print(of_an_array, of_an_array.dtype)
numbers = torch.tensor([1.0, 2.0, 3.0])
as_float = numbers.float()
print(table, numbers, as_float, as_float.dtype, of_an_array.float())
""",
    ),
    Block(
        "1.3.1 float32 and float64",
        """
import torch

single = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float32)
double = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
print(single, double, single.dtype, double.dtype, torch.float, torch.float is torch.float32)
""",
    ),
    Block(
        "1.3.1 int32",
        """
import torch

whole = torch.tensor([1, 2, 3], dtype=torch.int32)
print(whole, whole.dtype, torch.int, torch.tensor([1, 2, 3]).dtype)
""",
    ),
    Block(
        "1.3.1 what is done with them",
        """
import torch

first, second = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0, 5.0, 6.0])
total = first + second
print(total)

a = torch.tensor([1, 2, 3])
b = torch.tensor([4, 5, 6])
print(a * b)
print(torch.mul(a, b))

a = torch.tensor([[1, 2], [3, 4]])
b = torch.tensor([[5, 6], [7, 8]])
print(torch.matmul(a, b))
print(a @ b)

a = torch.tensor([[1, 2], [3, 4], [5, 6]])
b = torch.tensor([[7, 8], [9, 10], [11, 12]])
joined = torch.cat([a, b], dim=0)
print(joined)
joined = torch.cat([a, b], dim=1)
print(joined)

a = torch.tensor([[1, 2], [3, 4]])
print(a.reshape(4))
a = torch.tensor([[[1], [2], [3]]])
print(a.squeeze())
a = torch.tensor([1, 2, 3])
print(a.unsqueeze(0))
a = torch.tensor([[1, 2], [3, 4]])
print(a.transpose(0, 1))
a = torch.tensor([3.14])
print(a.item())
""",
    ),
]
