"""sandbox.rehearsal.programs: each stack twice by the Pulumi command, and nothing is left running."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sandbox.rehearsal import programs

PROJECT = 'name = "toy"\nregion = "eu-west-1"\ngithub_owner = "somebody"\n'


class Fake:
    """Stands in for what is started: notes the commands, and lets one of them fail or be interrupted."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.open = 0
        self.ends: dict[str, int | BaseException] = {}

    def run(self, words: tuple[str, ...], _: Path, environment: Mapping[str, str]) -> int:
        """Note a command; it ends as `ends` says of it, well unless said."""
        assert environment == {"WHERE": "here"}
        self.ran.append(" ".join(words))
        ended = self.ends.get(self.ran[-1], 0)
        if isinstance(ended, BaseException):
            raise ended
        return ended

    @contextmanager
    def account(self, *_: object) -> Iterator[dict[str, str]]:
        """Count what is open."""
        self.open += 1
        try:
            yield {"WHERE": "here"}
        finally:
            self.open -= 1


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """No account is started and no command run; signals are as before afterwards."""
    made = Fake()
    monkeypatch.setattr(programs, "run", made.run)
    monkeypatch.setattr(programs, "account", made.account)
    monkeypatch.setattr(programs.shutil, "which", lambda _: "/bin/pulumi")
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield made
    for one, handler in before.items():
        signal.signal(one, handler)


def called(tmp_path: Path) -> Result:
    """`sandbox stacks` of a project, in `out`."""
    project = tmp_path / "project"
    project.mkdir(exist_ok=True)
    (project / "project.toml").write_text(PROJECT)
    return CliRunner().invoke(programs.stacks, ["--project", str(project), "--out", str(tmp_path / "out")])


def test_every_stack_is_made_and_then_looked_at_again(fake: Fake, tmp_path: Path) -> None:
    """In the order that they need each other; a service's stack reads the platform's."""
    assert called(tmp_path).exit_code == 0
    assert fake.ran[0] == "sandbox up foundation --stack account"
    assert fake.ran[1:4] == [f"pipeline stack up {one} --yes" for one in ("platform", "staging", "production")]
    assert fake.ran[4:] == [f"pipeline stack drift {one}" for one in ("platform", "staging", "production")]


def test_it_works_on_a_copy(fake: Fake, tmp_path: Path) -> None:
    """Pulumi writes into Pulumi.STACK.yaml how the secrets are encrypted; the copy has the same environment."""
    called(tmp_path)
    copy = tmp_path / "out" / "project"
    assert (copy / "project.toml").is_file()
    assert (copy / ".venv" / "bin").resolve() == programs.BIN.resolve()


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("pipeline stack up staging --yes", "an empty account takes staging"),
        ("pipeline stack drift production", "nothing is left to change in production"),
    ],
)
def test_what_does_not_hold_is_said_and_ends_it(fake: Fake, tmp_path: Path, words: str, claim: str) -> None:
    """Nothing is run after it, and the account is gone."""
    fake.ends[words] = 1
    ended = called(tmp_path)
    assert ended.exit_code == 1
    assert f"`{words}` ended with 1" in ended.output and claim in ended.output
    assert (fake.ran[-1], fake.open) == (words, 0)


def test_an_interrupt_stops_the_account(fake: Fake, tmp_path: Path) -> None:
    """And says so."""
    fake.ends["pipeline stack up platform --yes"] = KeyboardInterrupt()
    ended = called(tmp_path)
    assert (ended.exit_code, fake.open) == (130, 0)
    assert "everything that was started is stopped" in ended.output


def test_without_pulumi_nothing_is_started(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to get it."""
    monkeypatch.setattr(programs.shutil, "which", lambda _: None)
    ended = called(tmp_path)
    assert (ended.exit_code, fake.ran) == (2, [])
    assert "pulumi.com/docs/install" in ended.output


def test_a_folder_of_somebodys_is_not_replaced(fake: Fake, tmp_path: Path) -> None:
    """Only what a rehearsal has left."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").touch()
    ended = called(tmp_path)
    assert (ended.exit_code, fake.ran) == (1, [])
    assert (tmp_path / "out" / "thesis.txt").is_file()


def test_an_interrupted_command_may_end_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb lets Pulumi write its state first."""
    command, began = tmp_path / "command", tmp_path / "began"
    command.write_text('#!/bin/sh\ntrap "echo ended > said; exit 1" INT\ntouch began\nwhile :; do sleep 0.05; done\n')
    command.chmod(0o755)
    monkeypatch.setattr(programs, "BIN", tmp_path)

    def interrupt() -> None:
        while not began.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        programs.run(("command",), tmp_path, {"PATH": "/usr/bin:/bin"})
    signal.signal(signal.SIGINT, before)
    assert (tmp_path / "said").read_text() == "ended\n"
