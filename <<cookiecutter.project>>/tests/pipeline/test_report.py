"""`pipeline report`, from the change to the comment."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, experiment, policy, registry
from pipeline.__main__ import run
from pipeline.command import Document
from pipeline.errors import InfrastructureError, UserError
from pipeline.report import collect, stored
from pipeline.report.stored import Champion

from .conftest import REPOSITORY, evaluation, git, pinned

VERSION = registry.Version(3, "arn", "Approved", "", "i", "m", {}, "Production")
Report = Callable[..., tuple[int, Document]]


@pytest.fixture
def checkout(project: Path) -> Path:
    """A branch of a project that pins one file, in which the number of trees has changed."""
    for name in ("Dockerfile", "pyproject.toml", "uv.lock", "model"):
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / name)
    (project / "data").mkdir()
    (project / "data/manifest.json").write_bytes(pinned().content)
    (project / ".gitignore").write_text("build/\n__pycache__/\n")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "one")
    parameters = project / "model/hyperparameters.toml"
    parameters.write_text(parameters.read_text().replace("trees = 100", "trees = 7"))
    return project


@pytest.fixture
def report(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Report:
    """Run the verb where training gives `evaluation()`, and AWS cannot be reached."""

    def local(root: Path, _state: Any) -> tuple[Document, bool]:
        (root / "build").mkdir(exist_ok=True)
        (root / "build/evaluation.json").write_text(json.dumps(evaluation()))
        return {"evaluation": {"uri": "build/evaluation.json"}}, False

    def nobody(_service: str) -> Any:
        raise UserError("there are no AWS credentials")

    monkeypatch.setattr(experiment, "local", local)
    monkeypatch.setattr(aws, "client", nobody)

    def call(*words: str) -> tuple[int, Document]:
        code = run(["report", *words, "--json"])
        document: Document = json.loads(capsys.readouterr().out)
        return code, document

    return call


def champion(monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Production has a version that sees half as much."""
    found = Champion(VERSION, evaluation(skill=0.5, **more))
    monkeypatch.setattr(stored, "champion", lambda: found)


def test_a_fork_gets_a_report_too(report: Report) -> None:
    """Without credentials it compares with the base rate, names what it lacks, and fails nothing."""
    code, document = report()
    comment = document["report"]
    assert (code, document["passed"]) == (0, True)
    assert "the base rate alone: there are no AWS credentials" in comment
    assert "is trained, unless it has been: there are no AWS credentials" in comment
    assert "- Contract: data/1.parquet is pinned but missing" in comment
    assert document["change"]["trainable"] == ["model/hyperparameters.toml"]


def test_a_refused_change_ends_the_verb_well(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report tells reviewers; the gate refuses after the merge."""
    worse = Champion(VERSION, evaluation(skill=1))
    monkeypatch.setattr(collect, "tried", lambda _root: evaluation(skill=0.2))
    monkeypatch.setattr(stored, "champion", lambda: worse)
    code, document = report()
    assert (code, document["passed"]) == (0, False)
    assert "## The gate would refuse this change: champion" in document["report"]


def test_the_champion_is_compared_on_the_same_rows(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """With intervals, and per segment."""
    champion(monkeypatch)
    comment = report()[1]["report"]
    assert "what is stored of version 3, which production has, on the same rows" in comment
    assert "| segment | rows | this change | champion | better by | 95 % interval |" in comment


def test_a_champion_of_other_rows_does_not_decide(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month more: same_rows would refuse every such change before its merge."""
    champion(monkeypatch, manifest_sha256="c" * 64)
    code, document = report()
    assert (code, document["passed"]) == (0, True)
    assert "champion, on other rows" in document["report"]


def test_a_training_that_fails_is_reported(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own reason; the rest of the report is there."""

    def fail(_root: Path) -> Document:
        raise UserError("python -m model.train failed: ValueError: no rows")

    monkeypatch.setattr(collect, "tried", fail)
    code, document = report()
    assert (code, document["passed"]) == (0, None)
    assert "## No verdict on this change" in document["report"]
    assert "python -m model.train failed: ValueError: no rows" in document["report"]


def test_nothing_is_trained_for_a_change_without_a_model(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A README, the server, the pipeline itself: one line, at once."""
    git(Path.cwd(), "checkout", "-q", "--", ".")
    Path("README.md").write_text("more")
    monkeypatch.setattr(collect, "tried", lambda _root: pytest.fail("it trained"))
    code, document = report()
    assert (code, document["passed"], document["change"]["files"]) == (0, None, ["README.md"])
    assert "Nothing here changes the model." in document["report"]


def test_without_a_main_the_report_says_what_it_lacks(report: Report) -> None:
    """A shallow checkout: no data is compared, the model is."""
    git(Path.cwd(), "branch", "-q", "-m", "main", "other")
    code, document = report()
    assert code == 0
    assert f"- Data: {collect.NO_BASE}." in document["report"].replace("\u2060", "")
    assert document["passed"] is True


def test_files_are_written_where_they_are_asked_for(report: Report, tmp_path: Path) -> None:
    """The comment and its pictures, in folders that need not exist."""
    code, document = report("--out", str(tmp_path / "a/report.md"), "--pictures", str(tmp_path / "b/c"))
    assert code == 0
    assert (tmp_path / "a/report.md").read_text() == document["report"]
    assert sorted(path.name for path in (tmp_path / "b/c").iterdir()) == ["calibration.svg", "segments.svg"]
    assert "`calibration.svg`, `segments.svg`" in document["report"]


def test_pictures_that_are_not_written_are_not_named(report: Report) -> None:
    """A reader would look for them."""
    code, document = report()
    assert code == 0
    assert "calibration.svg" not in document["report"]
    assert document["pictures"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--base", "nowhere"), "--base nowhere is no commit here"),
        (("--out", "policy.toml/report.md"), "policy.toml/report.md cannot be written"),
    ],
)
def test_a_mistake_of_the_person_is_named(report: Report, words: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, and what to write instead."""
    code, document = report(*words)
    assert code == 2
    assert sentence in document["error"]


def test_a_policy_with_a_mistake_trains_nothing(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found first."""
    Path("policy.toml").write_text("[gate]\n")
    monkeypatch.setattr(collect, "tried", lambda _root: pytest.fail("it trained"))
    code, document = report()
    assert (code, document["error"][:12]) == (2, "policy.toml:")


def test_a_defect_is_no_part_that_cannot_be_had() -> None:
    """It deserves its traceback; what AWS or the tree lack is a sentence."""

    def fails(error: Exception) -> Callable[[], None]:
        def call() -> None:
            raise error

        return call

    assert collect.attempt(fails(InfrastructureError("AWS is away"))) == "AWS is away"
    with pytest.raises(ZeroDivisionError):
        collect.attempt(fails(ZeroDivisionError()))


def test_the_verdict_is_the_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules on the same documents; a rule that is off is no refusal."""
    monkeypatch.chdir(REPOSITORY)
    bounds = policy.load().gate
    rival = Champion(VERSION, evaluation(skill=1))
    judged, _ = collect.judge(bounds, evaluation(skill=0.2), rival)
    assert isinstance(judged, dict)
    assert not judged["passed"]
    assert judged["called"] == "worse"
