"""sandbox.rehearsal.command: whatever happens, it is said, written down, and nothing is left running."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from click.testing import CliRunner, Result

from sandbox.rehearsal import command
from sandbox.rehearsal.life import Failed, Life

PROJECT = 'name = "toy"\nregion = "eu-west-1"\ngithub_owner = "somebody"\n'
Run = Callable[..., Result]


class Account(fakes.Account):
    """One that starts at once; `started` has all of a test."""

    started: list["Account"]

    def __init__(self, folder: Path, *, cwd: Path, speed: float) -> None:
        super().__init__(folder)
        self.started.append(self)

    def environment(self) -> dict[str, str]:
        """Nothing."""
        return {}


POLICY = """
[canary]
detect = 0.02
[monitor]
block_minutes = 5
window_blocks = 5
label_hours = 5
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Account]]:
    """The accounts that the command starts; signals are as before afterwards."""
    started: list[Account] = []
    monkeypatch.setattr(command, "Account", type("Its", (Account,), {"started": started}))
    monkeypatch.setattr(command, "Observer", lambda *_: fakes.Observer())
    monkeypatch.setattr(command, "_signer", lambda _: lambda claims: "token")
    before = signal.getsignal(signal.SIGTERM)
    yield started
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that can be rehearsed."""
    folder = tmp_path / "project"
    (folder / "rehearsal").mkdir(parents=True)
    (folder / "rehearsal" / "scenario.toml").write_text(fakes.SCENARIO)
    (folder / "project.toml").write_text(PROJECT)
    (folder / "policy.toml").write_text(POLICY)
    return folder


@pytest.fixture
def run(project: Path, tmp_path: Path, account: list[Account], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(step, …)` rehearses those steps, named step-0, step-1 …, into `out`."""

    def rehearse(*does: Callable[[Life], str], words: tuple[str, ...] = ()) -> Result:
        named = tuple((f"step-{number}", f"Step {number}", step) for number, step in enumerate(does))
        monkeypatch.setattr(command, "STEPS", named)
        return CliRunner().invoke(command.rehearse, ["--project", str(project), "--out", str(tmp_path / "out"), *words])

    return rehearse


def good(_life: Life) -> str:
    """A step that sees what it must."""
    return "seen [by all]"


def failing(_life: Life) -> str:
    """A step that does not."""
    raise Failed("the endpoint is gone")


def faulty(_life: Life) -> str:
    """A step with a fault of its own."""
    raise ValueError("not a number")


def interrupted(_life: Life) -> str:
    """A step during which somebody presses Ctrl-C."""
    raise KeyboardInterrupt


def terminated(_life: Life) -> str:
    """A step during which the command is told to stop."""
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
    return "never"


def document(folder: Path) -> dict[str, Any]:
    """What was written."""
    found: dict[str, Any] = json.loads((folder / "out" / "rehearsal.json").read_text())
    return found


def test_a_good_rehearsal_ends_with_zero(run: Run, tmp_path: Path) -> None:
    """And says ok."""
    result = run(good, good)
    assert result.exit_code == 0, result.output
    assert document(tmp_path)["ok"] is True


def test_every_step_is_shown_with_what_was_seen(run: Run) -> None:
    """As it was said, brackets and all."""
    output = run(good).output
    assert "step-0: Step 0" in output
    assert "seen [by all]" in output


@pytest.mark.parametrize(("step", "reason"), [(failing, "the endpoint is gone"), (faulty, "ValueError: not a number")])
def test_a_step_that_fails_is_named(run: Run, tmp_path: Path, step: Callable[[Life], str], reason: str) -> None:
    """Exit code 1, and the reason; also when the fault is the step's own."""
    result = run(good, step)
    assert result.exit_code == 1
    assert "step-1: Step 1" in result.output
    assert reason in result.output
    assert [(entry["ok"], entry["reason"]) for entry in document(tmp_path)["steps"]] == [(True, None), (False, reason)]


@pytest.mark.parametrize("step", [failing, faulty, interrupted])
def test_the_report_is_written_whatever_happens(run: Run, tmp_path: Path, step: Callable[[Life], str]) -> None:
    """And it is a page."""
    run(step)
    assert (tmp_path / "out" / "report.html").read_text().endswith("</html>\n")


@pytest.mark.parametrize("step", [good, failing, faulty, interrupted])
def test_the_account_is_stopped_whatever_happens(run: Run, account: list[Account], step: Callable[[Life], str]) -> None:
    """The one that was started."""
    run(step)
    assert [one.stopped for one in account] == [True]


def test_no_step_follows_one_that_failed(run: Run, tmp_path: Path) -> None:
    """It would stand on nothing."""
    run(failing, good)
    assert len(document(tmp_path)["steps"]) == 1


def test_traffic_is_stopped_after_a_failure(run: Run, tmp_path: Path) -> None:
    """What it saw until then is in the record."""
    clients: list[fakes.Client] = []

    def step(life: Any) -> str:
        life.client = fakes.Client()
        life.client.saw(("m-1", 200))
        clients.append(life.client)
        raise Failed("later")

    run(step)
    assert clients[0].stopped
    assert list(document(tmp_path)["traffic"]["models"]) == ["m-1"]


@pytest.mark.parametrize("step", [interrupted, terminated])
def test_an_interrupt_ends_with_130(run: Run, tmp_path: Path, step: Callable[[Life], str]) -> None:
    """By the keyboard or by a signal; no step is called good."""
    result = run(good, step, good)
    assert result.exit_code == 130
    assert "Interrupted: everything that was started is stopped." in result.output
    assert [entry["ok"] for entry in document(tmp_path)["steps"]] == [True, False]
    assert document(tmp_path)["ok"] is False


def test_an_account_that_does_not_start_is_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a traceback; exit code 1."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the sandbox did not start: no room")

    monkeypatch.setattr(command, "Account", refuse)
    result = run(good)
    assert result.exit_code == 1
    assert "start: the sandbox did not start: no room" in result.output
    assert "the sandbox did not start: no room" in (tmp_path / "out" / "report.html").read_text()


def test_a_folder_with_something_else_in_it_is_not_touched(run: Run, tmp_path: Path) -> None:
    """Exit code 2, and another folder is asked for."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years")
    result = run(good)
    assert result.exit_code == 2
    assert "name another folder with --out" in " ".join(result.output.split())
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_an_earlier_rehearsal_makes_way(run: Run, tmp_path: Path) -> None:
    """With all that it left."""
    run(good)
    (tmp_path / "out" / "old").touch()
    assert run(good).exit_code == 0
    assert not (tmp_path / "out" / "old").exists()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("rehearsal/scenario.toml", None, "run this in a generated project"),
        ("rehearsal/scenario.toml", "[refresh]", "missing or unknown"),
        ("project.toml", None, "project.toml"),
        ("project.toml", "name =", "does not name the project"),
        ("project.toml", "", "does not name the project"),
    ],
)
def test_what_is_no_project_is_refused(
    run: Run, project: Path, account: list[Account], file: str, text: str | None, words: str
) -> None:
    """Exit code 2 and a sentence, before anything starts or is made."""
    (project / file).unlink()
    if text is not None:
        (project / file).write_text(text)
    result = run(good)
    assert result.exit_code == 2
    assert "Usage: rehearse" in result.output
    assert words in " ".join(result.output.split())
    assert not account
    assert not (project.parent / "out").exists()


def test_the_record_says_how_long_it_took(run: Run, tmp_path: Path) -> None:
    """Setting up apart, as its caller measured it."""
    run(good, words=("--setup-seconds", "41.5"))
    seconds = document(tmp_path)["seconds"]
    assert seconds["setup"] == 41.5
    assert seconds["rehearsal"] >= 0


def test_the_original_project_stays_as_it_is(run: Run, project: Path) -> None:
    """Steps see a copy."""

    def step(life: Life) -> str:
        life.file("project.toml").write_text("")
        return "changed"

    assert run(step).exit_code == 0
    assert (project / "project.toml").read_text() == PROJECT


@pytest.mark.parametrize(
    ("words", "accounts"), [((), {"123456789012"}), (("--apart",), {"111111111111", "222222222222", "333333333333"})]
)
def test_registry_and_environments_live_apart_if_asked(run: Run, words: tuple[str, ...], accounts: set[str]) -> None:
    """Else all in one account."""
    seen: set[str] = set()

    def step(life: Life) -> str:
        seen.update(life.runner.identity.distinct())
        return "seen"

    assert run(step, words=words).exit_code == 0
    assert seen == accounts


def test_every_decision_is_kept(run: Run, tmp_path: Path) -> None:
    """The account's folder may be large; what was decided, and by which policies, is taken out of it."""

    def step(life: Life) -> str:
        life.account.folder.mkdir()
        for name in ("decisions.jsonl", "policies.jsonl"):
            (life.account.folder / name).write_text("")
        return "asked"

    run(step)
    assert (tmp_path / "out" / "decisions.jsonl").is_file()
    assert (tmp_path / "out" / "policies.jsonl").is_file()


def test_a_step_during_which_a_call_is_denied_fails(run: Run, tmp_path: Path) -> None:
    """Also when the step itself sees nothing of it."""
    denied = {"principal": "arn:aws:iam::1:role/toy-eu-west-1-train", "account": "1", "action": "s3:PutObject"}

    def step(life: Life) -> str:
        life.account.folder.mkdir()
        line = json.dumps(denied | {"resource": "arn:aws:s3:::b/k", "allowed": False})
        (life.account.folder / "decisions.jsonl").write_text(line + "\n")
        return "all well"

    assert run(step).exit_code == 1
    assert document(tmp_path)["steps"][0]["reason"] == "denied: train may not s3:PutObject on arn:aws:s3:::b/k"
