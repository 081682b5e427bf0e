"""House rules of the code, read from its syntax: sizes, words, languages, money, roles, moves."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.accounts.roles import EnterpriseRole, OfficerRole, StaffRole
from portal.transitions import MoveTable
from tests.house.tree import CHINESE, ROOT, code, text, tracked, tree

GETTEXT = {"_", "_now", "_p", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
FORBIDDEN_NAMES = {"utils", "helpers", "services", "managers", "signals", "constants", "common", "misc"}
FEW_LINES, MOST_LINES, MOST_IN_FUNCTION = 150, 500, 40


def name(path: Path) -> str:
    return str(path)


@pytest.mark.parametrize("path", code(), ids=name)
def test_a_file_is_at_most_500_lines_and_has_a_telling_name(path: Path) -> None:
    assert text(path).count("\n") <= MOST_LINES
    assert path.stem not in FORBIDDEN_NAMES


def test_most_files_are_short() -> None:
    lengths = sorted(text(path).count("\n") for path in code())

    assert lengths[len(lengths) // 2] < FEW_LINES


@pytest.mark.parametrize("path", code(), ids=name)
def test_a_function_does_its_work_in_at_most_40_lines(path: Path) -> None:
    """Signature and docstring do not count: keyword-only arguments stand one to a line."""
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert [f"{node.name} {_length(node)}" for node in functions if _length(node) > MOST_IN_FUNCTION] == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    work = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (work[-1].end_lineno or work[-1].lineno) - work[0].lineno + 1


# Language: what people read is marked for translation.

#: Data and judgement written in Chinese: names, values in delivered files, texts of law, and the sentences that pure modules
#: hand to doors (they do not know Django, so they cannot mark them). No page stands here.
CHINESE_BY_NATURE = {
    "enterprises/consent/rules.py",
    "enterprises/credit/features.py",
    "enterprises/credit/loading/checking.py",
    "enterprises/credit/loading/reading.py",
    "enterprises/credit/loading/registry.py",
    "enterprises/credit/schemas.py",
    "enterprises/declarations/forms.py",
    "enterprises/evaluation/scorecards.py",
    "enterprises/objections/rules.py",
    "enterprises/quality/rules.py",
    "institutions/products/criteria.py",
    "institutions/products/rules.py",
    "lending/compensation/clauses/base.py",
    "lending/compensation/clauses/breakers.py",
    "lending/compensation/clauses/caps.py",
    "lending/compensation/clauses/claims.py",
    "lending/compensation/clauses/eligibility.py",
    "lending/compensation/clauses/layers.py",
    "lending/compensation/clauses/losses.py",
    "lending/compensation/clauses/procedure.py",
    "lending/compensation/clauses/recoveries.py",
    "lending/compensation/clauses/shares.py",
    "lending/compensation/clauses/terms.py",
    "lending/compensation/queries/facts.py",
    "lending/compensation/sharing/checking.py",
    "lending/compensation/sharing/claims.py",
    "lending/compensation/sharing/faults.py",
    "lending/compensation/sharing/pools.py",
    "lending/ledger/treasury.py",
    "lending/loans/forms.py",
    "portal/charts.py",
    "portal/figures.py",
    "portal/masks.py",
    "portal/pages/layout.py",
    "portal/pages/samples.py",
    "portal/sentences.py",
    "portal/settings.py",
}


@pytest.mark.parametrize("path", [p for p in code() if str(p) not in CHINESE_BY_NATURE], ids=name)
def test_what_people_read_is_marked_for_translation(path: Path) -> None:
    is_for_operators = "management" in path.parts  # commands speak English, with the Chinese term beside it
    if not path.is_relative_to("lending/province") and not is_for_operators:
        assert list(_unmarked(path)) == []


def test_no_file_is_excused_that_has_nothing_to_excuse() -> None:
    assert [path for path in CHINESE_BY_NATURE if not list(_unmarked(Path(path)))] == []


def _unmarked(path: Path) -> Iterator[str]:
    """Chinese string literals that are neither marked for translation nor documentation."""
    marked: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and _called(node) in GETTEXT:
            marked |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            marked.add(id(node.body[0].value))  # type: ignore[attr-defined]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            marked.add(id(node.value))
    for node in ast.walk(tree(path)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked
        if is_text and CHINESE.search(node.value):
            yield f"{path}:{node.lineno} {node.value[:30]}"


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


# Money

MONEY = [path for path in code() if path.parts[0] == "lending" or path == Path("portal/money.py")]


@pytest.mark.parametrize("path", MONEY, ids=name)
def test_no_float_near_money(path: Path) -> None:
    found = [
        node.lineno
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]

    assert found == []


def test_only_the_money_module_rounds() -> None:
    rounding = re.compile(r"ROUND_|\.quantize\(|\bround\(")
    allowed = {Path("portal/money.py"), Path("portal/figures.py")}

    rounds = [path for path in code() if path not in allowed and rounding.search(text(path))]

    assert [str(path) for path in rounds if path.parts[0] == "lending" and _rounds_yuan(path)] == []


def _rounds_yuan(path: Path) -> bool:
    """Comparing a value with its own rounding asks whether it is exact; that changes no amount."""
    return any(
        not re.search(r"[!=]= [\w.]+\.quantize\(", line)
        for line in text(path).splitlines()
        if re.search(r"ROUND_|\.quantize\(|\bround\(", line)
    )


# Roles

ROLE_CODES = {*EnterpriseRole.values, *OfficerRole.values, *StaffRole.values} - {"approver", "handler", "viewer"}


@pytest.mark.parametrize("path", code(), ids=name)
def test_roles_are_written_on_one_screen(path: Path) -> None:
    if path == Path("portal/accounts/roles.py") or path.is_relative_to("lending/province"):
        return  # the sample province has logins called as the roles they have
    found = [
        f"{path}:{node.lineno} {node.value}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value in ROLE_CODES
    ]

    assert found == []


# Moves: every verb of every table is made by an action of the same app.


def _tables() -> Iterator[tuple[Path, str, MoveTable]]:
    for path in code():
        if path.name == "states.py":
            module = importlib.import_module(".".join(path.with_suffix("").parts))
            for attribute, value in vars(module).items():
                if isinstance(value, MoveTable) and value.__class__ is MoveTable:
                    yield path.parent, attribute, value


MOVES = [(folder, table, move.verb) for folder, table, moves in _tables() for move in moves]


@pytest.mark.parametrize(("folder", "table", "verb"), MOVES, ids=[f"{f} {t} {v}" for f, t, v in MOVES])
def test_every_move_has_its_action(folder: Path, table: str, verb: str) -> None:
    makers = [p for p in code() if p.is_relative_to(folder) and {"actions", "gate"} & {*p.with_suffix("").parts}]

    assert any(f'"{verb}"' in text(path) for path in makers)


# What must not stand in the tree

SECRETS_AND_PLACES = {
    "a registry's host": re.compile(r"regist[r]y\.npmjs|py[p]i\.org|files\.python[h]osted|npmm[i]rror|py[p]i\.tuna"),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:root|work|home/\w+)/"),
}


@pytest.mark.parametrize("what", SECRETS_AND_PLACES)
def test_the_tree_names_no_registry_and_no_machine(what: str) -> None:
    own = Path(__file__).resolve().relative_to(ROOT)
    found = [
        f"{path}: {match[0]}"
        for path in tracked()
        if path != own and path.suffix not in {".png", ".svg", ".woff2", ".ico", ".mo"}
        for match in [SECRETS_AND_PLACES[what].search((ROOT / path).read_text(encoding="utf-8", errors="replace"))]
        if match
    ]

    assert found == []
