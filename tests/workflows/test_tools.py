"""How the commands are found: PATH first, then Go, else a loud skip, or a failure where they are required."""

from pathlib import Path

import pytest

from workflows import tools


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it, and nobody who requires anything."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_TOOLS", raising=False)
    tools.build.cache_clear()
    return tmp_path


def test_what_is_on_path_comes_first(bare: Path) -> None:
    """Nothing is built."""
    command = bare / "act"
    command.touch(mode=0o755)
    assert tools.tool("act") == str(command)


def test_without_go_it_is_skipped_loudly() -> None:
    """With what is missing."""
    with pytest.raises(pytest.skip.Exception, match="NO ACTIONLINT: it is not on PATH, and there is no Go"):
        tools.tool("actionlint")


@pytest.mark.parametrize("variable", ["CI", "REQUIRE_TOOLS"])
def test_where_it_is_required_it_fails(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A skip would be green."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="NO ACT"):
        tools.tool("act")


def test_a_build_that_fails_says_why(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Go's own words."""
    go = bare / "go"
    go.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setattr(tools, "BUILT", bare / "built")
    with pytest.raises(pytest.skip.Exception, match="go build failed: no network"):
        tools.tool("act")
