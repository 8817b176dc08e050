"""Einstein summation: each axis has a letter, equal letters are multiplied, and those that the result lacks are summed.

    "ij,jk->ik":   y_ik = sum_j a_ij b_jk           (the product of matrices)

The gradient is another such sum: "ij,jk->ik" is "ik,jk->ij" for dL/da, with dL/dy in the place of a.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
"""

import string

import numpy as np

from ..autograd import op
from .shape import diagonal

__all__ = ["einsum"]


def einsum(equation, *operands):
    """Products of tensors summed over every letter that the result does not name: einsum("ij,jk->ik", A, B) = A B.

    Without "->" the result has the axes of "...", then the letters that occur once, in alphabetical order. "..." stands
    for axes without a letter, which broadcast; a letter twice in one tensor, for its diagonal. RuntimeError if letters
    and axes do not fit.

    >>> a = torch.tensor([[1, 2], [3, 4]])
    >>> torch.einsum("ij,j->i", a, torch.tensor([1, 10])), torch.einsum("ij->j", a)
    (tensor([21, 43]), tensor([4, 6]))
    >>> torch.einsum("ii", a), torch.einsum("...ij->...ji", torch.zeros(5, 2, 3)).shape
    (tensor(5), torch.Size([5, 3, 2]))
    """
    if not isinstance(equation, str):
        raise NotImplementedError(
            "einsum(): minitorch_edu takes an equation such as 'ij,jk->ik', and no lists of numbers"
        )
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        (operands,) = operands
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    inputs, operands = inputs.split(","), list(operands)
    if len(inputs) != len(operands):
        which = "more" if len(inputs) < len(operands) else "fewer"
        raise RuntimeError(
            f"einsum(): {which} operands were provided than specified in the equation: it names {len(inputs)} tensors, "
            f"but {len(operands)} are given"
        )
    named = [letters.replace("...", "", 1) for letters in (*inputs, output)]
    if strange := set("".join(named)) - set(string.ascii_letters):
        raise RuntimeError(
            f"einsum(): invalid subscript {min(strange)!r} in {equation!r}, subscripts must be in [a-zA-Z] or one '...'"
        )
    if not arrow:
        output = "..." + "".join(sorted(letter for letter in set("".join(named)) if equation.count(letter) == 1))
    widths = [max(a.ndim - len(named[k]), 0) if "..." in inputs[k] else 0 for k, a in enumerate(operands)]
    spare = [letter for letter in string.ascii_letters if letter not in equation][: max(widths)]

    def written_out(letters, width):  # the axes of all "..." end together
        return letters.replace("...", "".join(spare[len(spare) - width :]))

    inputs, output = list(map(written_out, inputs, widths)), written_out(output, len(spare))
    for k, letters in enumerate(inputs):
        if len(letters) != operands[k].ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(letters)}) does not match the number of "
                f"dimensions ({operands[k].ndim}) for operand {k}: '{letters}' for a tensor {list(operands[k].shape)}"
            )
        for letter in sorted(set(letters)):
            while inputs[k].count(letter) > 1:
                operands[k], inputs[k] = _diagonal_of(operands[k], inputs[k], letter, k)
    for letter in output:
        if output.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {letter} appears more than once in the output")
        if not any(letter in letters for letters in inputs):
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )
    return _einsum(inputs, output, operands)


def _diagonal_of(tensor, letters, letter, k):
    """Operand k with two axes of this letter made one, the last, and its letters then."""
    first = letters.index(letter)
    second = letters.index(letter, first + 1)
    if tensor.shape[first] != tensor.shape[second]:
        raise RuntimeError(
            f"einsum(): subscript {letter} is repeated for operand {k} but the sizes don't match, "
            f"{tensor.shape[second]} != {tensor.shape[first]}"
        )
    rest = letters[:first] + letters[first + 1 : second] + letters[second + 1 :]
    return diagonal(tensor, 0, first, second), rest + letter


def _einsum_name(y, inputs, output, operands):
    """torch's last step: with several operands a product, or the view without the axes that were summed away."""
    names = ("MulBackward0", "ViewBackward0") if len(operands) > 1 else ("PermuteBackward0", "SumBackward1")
    return names[set("".join(inputs)) > set(output)]


@op(name=_einsum_name)
def _einsum(inputs, output, operands):
    sizes = {}
    for k, (letters, array) in enumerate(zip(inputs, operands)):
        for letter, n in zip(letters, array.shape):
            before = sizes.setdefault(letter, n)
            if n != before and 1 not in (n, before):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {n} for operand {k} which does not broadcast with "
                    f"previously seen size {before}"
                )
            sizes[letter] = n if before == 1 else before
    y = np.einsum(",".join(inputs) + "->" + output, *operands, optimize=True)

    def gradient(k):
        others = [array for i, array in enumerate(operands) if i != k]
        names = [letters for i, letters in enumerate(inputs) if i != k]
        alone = "".join(set(inputs[k]) - set("".join([*names, output])))  # letters summed in operand k only
        ones = np.ones([operands[k].shape[inputs[k].index(letter)] for letter in alone])
        return lambda g: np.einsum(",".join([output, *names, alone]) + "->" + inputs[k], g, *others, ones)

    return y, {"operands": [gradient(k) for k in range(len(operands))]}
