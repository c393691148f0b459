"""Mutants of a source file, made by cosmic-ray: each has one operator, number, condition or loop changed."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

# One or two changes of each kind, the ones that are least easily noticed: every comparison gets its boundary moved and
# its sense turned round, every number is one more and one less. Replacing every operator by every other would make
# many times as many mutants, nearly all of which the first test kills.
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "Mod_Div", "FloorDiv_Mul")
SETS = ("BitAnd_BitOr", "BitOr_BitAnd")
COMPARISONS = (
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
)
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{change}" for change in (*ARITHMETIC, *SETS)),
    *(f"core/ReplaceComparisonOperator_{change}" for change in COMPARISONS),
    *(f"core/ReplaceUnaryOperator_Delete_{sign}" for sign in ("USub", "Not", "Invert")),
    *(f"core/Replace{change}" for change in ("TrueWithFalse", "FalseWithTrue", "AndWithOr", "OrWithAnd")),
    *(f"core/{name}" for name in ("AddNot", "NumberReplacer", "ZeroIterationForLoop", "ExceptionReplacer")),
    *(f"core/Replace{change}" for change in ("BreakWithContinue", "ContinueWithBreak")),
)


class Mutant(NamedTuple):
    """A changed source, and where it differs."""

    source: str
    line: int
    before: str
    after: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield all mutants of a file, in the order of its lines."""
    source = path.read_text()
    meaning, found = _meaning(source), []
    for name in OPERATORS:
        operator, occurrence = get_operator(name)(), 0
        while (mutated := mutate_code(source, operator, occurrence)) is not None:
            occurrence += 1
            if _meaning(mutated) != meaning:
                found.append(_mutant(source, mutated))
    yield from sorted(found, key=lambda mutant: mutant.line)


def _meaning(source: str) -> str:
    """What Python makes of a source, but for the annotations of functions, which nothing reads."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def _mutant(source: str, mutated: str) -> Mutant:
    pairs = zip(source.splitlines(), mutated.splitlines(), strict=True)
    line, before, after = next((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b)
    return Mutant(mutated, line, before.strip(), after.strip())
