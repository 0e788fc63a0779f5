"""What each program may import, followed through the project's own modules wherever the statement stands.

A verb that a job on the runner calls also does what its functions import, so those count as well.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.__main__ import VERBS

ROOT = Path(__file__).parent.parent
OWN = ("model", "pipeline", "serving")
RUNNER = {"boto3", "botocore", "click", "numpy", "rich"}  # the base, and the group `gate`
OPTIONAL = {"mlflow"}  # does without
TRAINER = {"dataframely", "numpy", "onnx", "onnxruntime", "polars", "xgboost"}  # the group `train`
STACKS = {"yaml": "pyyaml"}  # what the doctor takes beside, of the group `infra`: by import, the package
# where everything is installed: `data check` and `report` read rows, the others the stacks' files
ELSEWHERE = {"bootstrap", "data", "doctor", "report"}


def file_of(module: str) -> Path | None:
    """The file of one of the project's modules; None when it is none."""
    path = ROOT / module.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports below `node` that a run may reach: not those for a type checker."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        yield from statements(child)


def modules(source: str) -> Iterator[str]:
    """The modules that a source names; `from a import b` names `a.b` where that is a module."""
    for statement in statements(ast.parse(source)):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
            continue
        package = statement.module or ""
        for alias in statement.names:
            inner = f"{package}.{alias.name}"
            yield inner if package.split(".")[0] in OWN and file_of(inner) else package


def reached(start: str) -> set[str]:
    """The packages, other rooms among them, that `start` imports itself or through the project's modules."""
    waiting, seen, found = [start], set(), set()
    while waiting:
        module = waiting.pop()
        top = module.split(".")[0]
        if module in seen or top in sys.stdlib_module_names:
            continue
        seen.add(module)
        found.add(top)
        if top in OWN and (file := file_of(module)):
            waiting += modules(file.read_text())
    return found - {start.split(".")[0]}


def test_a_functions_import_counts_and_a_type_checkers_does_not() -> None:
    """Otherwise the tests below would look away."""
    assert "polars" in reached("pipeline.data.check")
    source = "if TYPE_CHECKING:\n    import polars\ndef f():\n    from pipeline import aws\n    import os\n"
    assert list(modules(source)) == ["pipeline.aws", "os"]


@pytest.mark.parametrize(
    ("module", "packages"),
    [
        ("model.features", {"numpy"}),
        ("model.metrics", {"numpy"}),
        ("model.reference", {"numpy"}),
        ("model.scoring", {"numpy", "onnxruntime"}),
        ("pipeline.judge.bake", {"numpy"}),
        ("pipeline.judge.dispersion", {"numpy"}),
        ("pipeline.judge.opinion", {"numpy"}),
        ("serving.__main__", {"granian", "model", "numpy", "onnxruntime"}),
        ("serving.monitor", {"model", "numpy", "onnxruntime"}),
        ("serving.replay", {"numpy"}),
    ],
)
def test_a_program_reaches_no_more_than(module: str, packages: set[str]) -> None:
    """What serves a model depends on nothing that trains one."""
    assert reached(module) == packages


@pytest.mark.parametrize("module", sorted(path.stem for path in (ROOT / "model").glob("*.py")))
def test_a_job_in_a_container_has_what_its_program_imports(module: str) -> None:
    """The training image has the group `train` and model/ alone: no AWS, and nothing of the machine."""
    assert reached(f"model.{module}") <= TRAINER


@pytest.mark.parametrize("module", [*sorted(set(VERBS) - ELSEWHERE), "data.push"])
def test_a_job_on_the_runner_has_what_its_verb_imports(module: str) -> None:
    """The workflows install the base and the group `gate` alone."""
    assert reached(f"pipeline.{module}") <= RUNNER | OPTIONAL | {"model"}


def test_the_doctor_has_what_it_imports() -> None:
    """A package that only another one brings along goes when that one lets go of it."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    declared = {one.partition(">")[0] for one in groups["infra"] if isinstance(one, str)}
    assert reached("pipeline.doctor") - RUNNER - {"infra", "model"} == set(STACKS)
    assert set(STACKS.values()) <= declared
