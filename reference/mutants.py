"""The mutants of a file: its text with one small thing changed, by the operators of cosmic-ray.

mutmut leaves decorated functions out, and puts a function of its own signature in the place of each other; here every
operator is decorated (`@op`), and `op` reads the signature. So cosmic-ray makes the mutants, and mutation.py runs them.

Numbers are moved by 1, up and down; + and - change places, * and /, < and <=, < and >=, `and` and `or`, True and False,
break and continue; conditions, minus signs and decorators are dropped or turned round; loops run zero times; an
`except` catches something else. Of cosmic-ray's many replacements of one operator, one or two are kept: x ^ y for x * y
tells nothing that x / y does not. Three operators are added: the augmented assignments (+= and -=), functions that have
an opposite (max and min), and statements left out. What stands in a docstring or in the text of a message stays.
"""

import ast
import functools
import os
from dataclasses import dataclass
from pathlib import Path

import parso.python.tree
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider

__all__ = ["ROOT", "Mutant", "mutants", "original"]

ROOT = Path(__file__).parent.parent

BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul", "BitOr_BitAnd",
          "BitAnd_BitOr", "BitXor_BitOr", "LShift_RShift", "RShift_LShift")  # fmt: skip
COMPARISON = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
              "Is_IsNot", "IsNot_Is")  # fmt: skip
UNARY = ("Delete_USub", "Delete_Invert", "Delete_Not")
OTHERS = ("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
          "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer",
          "RemoveDecorator", "ZeroIterationForLoop")  # fmt: skip


class Swap(Operator):
    """Leaves of the syntax tree that have another one as their opposite."""

    leaf, opposites = None, {}

    def mutation_positions(self, node):
        if isinstance(node, self.leaf) and node.value in self.opposites:
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        node.value = self.opposites[node.value]
        return node

    @classmethod
    def examples(cls):
        return ()


def both_ways(*pairs):
    return {one: other for a, b in pairs for one, other in ((a, b), (b, a))}


class SwapAugmentedAssignment(Swap):
    leaf = parso.python.tree.Operator
    opposites = both_ways(("+=", "-="), ("*=", "/="), ("&=", "|=")) | {"//=": "*=", "^=": "|=", "**=": "*="}


class SwapName(Swap):
    leaf = parso.python.tree.Name
    opposites = both_ways(("maximum", "minimum"), ("argmax", "argmin"), ("max", "min"), ("any", "all"),
                          ("zeros", "ones"), ("floor", "ceil"), ("isnan", "isinf"), ("sin", "cos"))  # fmt: skip


class DeleteStatement(Operator):
    """An assignment or a call that stands alone is left out."""

    def mutation_positions(self, node):
        bare_call = node.type in ("atom_expr", "power") and node.parent.type == "simple_stmt"
        if node.type == "expr_stmt" or bare_call:
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        return parso.python.tree.Keyword("pass", node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls):
        return ()


def _operators():
    known = OperatorProvider()
    names = [f"ReplaceBinaryOperator_{name}" for name in BINARY]
    names += [f"ReplaceComparisonOperator_{name}" for name in COMPARISON]
    names += [f"ReplaceUnaryOperator_{name}" for name in UNARY]
    own = (SwapAugmentedAssignment, SwapName, DeleteStatement)
    return {name: known[name] for name in (*names, *OTHERS)} | {operator.__name__: operator for operator in own}


OPERATORS = _operators()


@dataclass(frozen=True)
class Mutant:
    """The occurrence-th place of a file where an operator applies. lines: those that run if the change matters."""

    path: str
    operator: str
    occurrence: int
    lines: range

    @functools.cached_property
    def text(self):
        """The text of the mutated file; None if it is no Python, or means the same."""
        changed = mutate_code(original(self.path), OPERATORS[self.operator](), self.occurrence)
        try:
            return changed if ast.dump(ast.parse(changed)) != ast.dump(tree(self.path)) else None
        except SyntaxError:
            return None

    @functools.cached_property
    def change(self):
        """(the lines that differ, as they were; as they are now), each as one line."""
        before, after = original(self.path).splitlines(), self.text.splitlines()
        start = len(os.path.commonprefix([before, after]))
        end = len(os.path.commonprefix([before[start:][::-1], after[start:][::-1]]))
        one_line = lambda lines: " ".join(" ".join(lines[start : len(lines) - end]).split())
        return one_line(before), one_line(after)

    @property
    def line(self):
        """The first line that differs."""
        return 1 + len(os.path.commonprefix([original(self.path).splitlines(), self.text.splitlines()]))


@functools.cache
def original(path):
    return (ROOT / path).read_text()


@functools.cache
def tree(path):
    return ast.parse(original(path))


def mutants(path):
    """All mutants of a file, given by its path in the repository."""
    nodes = list(ast_nodes(get_ast(original(path))))
    for name, operator in OPERATORS.items():
        places = [(node, start) for node in nodes for start, _ in operator().mutation_positions(node)]
        for occurrence, (node, start) in enumerate(places):
            if not left_out(node):
                yield Mutant(path, name, occurrence, lines_of_statement(path, start[0]))


def left_out(node):
    """Whether a node is part of a message, of __all__, or the * of a signature, which is no product."""
    statement = node if node.type == "expr_stmt" else node.search_ancestor("expr_stmt")
    listed = statement is not None and statement.get_first_leaf().value == "__all__"
    return listed or node.search_ancestor("fstring") is not None or node.parent.type == "parameters"


@functools.cache
def lines_of_statement(path, line):
    """The lines that run if a change in this line matters.

    They are those of the smallest statement around it: of a compound one (if, for), those before its body. What runs
    when a function is defined (its decorators and defaults) matters to all its lines; what runs on import, to the file.
    """
    found, in_function = range(1, original(path).count("\n") + 2), False
    for node in ast.walk(tree(path)):  # from the outside to the inside
        if not isinstance(node, (ast.stmt, ast.ExceptHandler)):
            continue
        start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        if not start <= line <= node.end_lineno:
            continue
        inside = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef):
            in_function, found = True, range(start, node.end_lineno + 1)
        elif in_function and (not inside or line < inside[0].lineno):
            found = range(start, inside[0].lineno if inside else node.end_lineno + 1)
    return found
