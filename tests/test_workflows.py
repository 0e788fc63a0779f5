"""Workflow files, this repository's and the project's, without running them: rules, linters, and what starts what.

`test_workflow_faults.py` shows that each rule and each linter is able to fail.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import workflow_linters as linters
import workflow_rules as rules
import yaml
from conftest import REPOSITORY, TEMPLATE
from pipeline import dockerfile

FOLDERS = {"repository": REPOSITORY / ".github", "project": TEMPLATE / ".github"}


def copy_of(folder: Path, into: Path) -> list[Path]:
    """A `.github` folder in a repository of its own, as the linters want it; returns its YAML files."""
    (into / ".git").mkdir(parents=True)
    shutil.copytree(folder, into / ".github")
    return sorted((into / ".github").rglob("*.yml"))


@pytest.fixture(params=FOLDERS)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """The YAML files of a repository, of this one or of a project."""
    return copy_of(FOLDERS[request.param], tmp_path / "copy")


def wiring(files: list[Path]) -> list[Path]:
    """The workflows and actions among files."""
    return [path for path in files if path.name != "dependabot.yml"]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Callable[[Path], list[str]], files: list[Path]) -> None:
    """No file breaks a rule of this house."""
    assert list(rules.findings(wiring(files), rule)) == []


def test_schema(files: list[Path]) -> None:
    """GitHub knows every key."""
    assert linters.schema(*files) == ""


def test_security(files: list[Path]) -> None:
    """zizmor's strictest persona finds nothing."""
    assert linters.zizmor(*files) == ""


def test_shell(files: list[Path]) -> None:
    """Every run block is sound shell."""
    assert linters.shellcheck(*wiring(files)) == ""


def test_actionlint(files: list[Path]) -> None:
    """What is needed, given and read is there, also of the project's own action and workflows."""
    assert linters.actionlint(*files) == ""


def test_nothing_is_switched_off_without_a_reason(files: list[Path]) -> None:
    """No linter is told to look away in a workflow, and what a setting switches off says why beside it."""
    said = "".join(path.read_text() for path in files)
    assert re.findall(r"zizmor: ignore.*|shellcheck disable.*|actionlint.*ignore.*", said) == []
    settings = (TEMPLATE / ".github/tools/zizmor.yaml").read_text()
    assert re.findall(r"^ .*(?:disable|ignore).*(?<!:)$", settings, re.MULTILINE) == re.findall(
        r"^ .*(?:disable|ignore).* # .*$", settings, re.MULTILINE
    )


def test_what_either_image_is_built_from_starts_a_retraining() -> None:
    """A patch of what serves becomes a version as well."""
    started = yaml.safe_load((TEMPLATE / ".github/workflows/retrain.yml").read_text())[True]["push"]["paths"]
    folders = {path.removesuffix("/**") for path in started}
    text = (TEMPLATE / "Dockerfile").read_text()
    inputs = {path for target in ("train", "serve") for path in dockerfile.inputs(text, target)}
    assert {path for path in inputs if path.split("/")[0] not in folders} == set()


def test_the_required_check_hears_every_job_but_the_comment() -> None:
    """A job that is added is heard; a comment that cannot be posted, for whatever reason, holds no merge up."""
    jobs = rules.jobs(TEMPLATE / ".github/workflows/check.yml")
    assert set(jobs["pass"]["needs"]) == set(jobs) - {"pass", "comment"}
    assert set(jobs["comment"]["needs"]) == set(jobs["pass"]["needs"])
