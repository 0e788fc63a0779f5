"""A project's own scans, as its workflow `check` runs them: each passes as it is, and finds what is planted."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import advisories
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("go") and not os.environ.get("REQUIRE_TOOLS"),
        reason="there is no go on the PATH: the scans of a project are not tried",
    ),
]
# Said in two pieces: this repository is scanned, too. The form is that of a key of AWS, and nobody has it.
KEY = "AKIA" + "Z7Q2MXW4RT5BNHLV"
Scan = Callable[..., tuple[int, str]]


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def tools(project: Path) -> Path:
    """The folder of the tools that a scan builds for itself; built once."""
    subprocess.run(["make", "-C", project, ".tools/go/gitleaks"], check=True, capture_output=True)
    return project / ".tools"


@pytest.fixture
def checkout(project: Path, tools: Path, tmp_path: Path) -> Path:
    """The project as a repository of one commit, with the environment and the tools of the other tests."""
    folder = tmp_path / "checkout"
    shutil.copytree(
        project, folder, ignore=shutil.ignore_patterns(".venv", ".tools", "build", ".*_cache", "__pycache__")
    )
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Start")
    (folder / ".venv").symlink_to(project / ".venv")
    shutil.copytree(tools, folder / ".tools", symlinks=True)
    return folder


@pytest.fixture
def scan(checkout: Path) -> Iterator[Scan]:
    """Run a target of the checkout's Makefile where OSV knows nothing, or what is given."""

    def run(target: str, known: Mapping[str, str] | None = None) -> tuple[int, str]:
        with advisories.served(known or {}) as url:
            done = subprocess.run(["make", "-C", checkout, target, f"OSV_URL={url}"], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    yield run


@pytest.mark.parametrize("target", ["scan", "lint-workflows"])
def test_a_new_project_is_clean(scan: Scan, target: str) -> None:
    """Nothing is found that would have to be explained."""
    code, said = scan(target)
    assert code == 0, said


def test_a_secret_is_found(checkout: Path, scan: Scan) -> None:
    """Also one that a later commit takes out again: it is known by then; its text is not shown."""
    (checkout / "settings.py").write_text(f'KEY = "{KEY}"\n')
    git(checkout, "add", "settings.py")
    git(checkout, "commit", "-q", "-m", "Add the key")
    git(checkout, "rm", "-q", "settings.py")
    git(checkout, "commit", "-q", "-m", "Remove the key")
    code, said = scan("scan")
    assert code
    assert "aws-access-token" in said
    assert "settings.py" in said
    assert KEY not in said


def test_a_known_vulnerability_is_found(scan: Scan) -> None:
    """Package, version and identifier are named."""
    code, said = scan("scan", {"click": "PYSEC-2026-7"})
    assert code
    assert "PYSEC-2026-7" in said
    assert "click" in said


def test_what_is_known_to_be_harmless_is_passed_over(checkout: Path, scan: Scan) -> None:
    """By a line with its reason, and only that."""
    with (checkout / ".github/tools/vulnerabilities.txt").open("a") as file:
        file.write("PYSEC-2026-7  # nothing here parses what a stranger wrote\n")
    assert scan("scan", {"click": "PYSEC-2026-7"})[0] == 0
    assert scan("scan", {"click": "PYSEC-2026-8"})[0]


def test_a_database_that_does_not_answer_is_no_pass(checkout: Path) -> None:
    """Nothing was looked up."""
    command = ["make", "-C", checkout, "scan", "OSV_URL=http://127.0.0.1:1/"]
    assert subprocess.run(command, capture_output=True).returncode


@pytest.mark.parametrize(
    ("sound", "fault", "finder"),
    [
        ("needs: [code, ", "needs: [nobody, ", "needs"),
        ("timeout-minutes: 30", "timout-minutes: 30", "timout-minutes"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ('pipeline comment "$NUMBER"', "pipeline comment $NUMBER", "SC2086"),
    ],
)
def test_a_fault_of_a_workflow_is_found(checkout: Path, scan: Scan, sound: str, fault: str, finder: str) -> None:
    """By actionlint, the schema, zizmor or shellcheck."""
    workflow = checkout / ".github/workflows/check.yml"
    text = workflow.read_text()
    assert sound in text
    workflow.write_text(text.replace(sound, fault, 1))
    code, said = scan("lint-workflows")
    assert code
    assert finder in said


def test_without_go_it_says_where_to_get_it(checkout: Path, tmp_path: Path) -> None:
    """On a machine that has none."""
    shutil.rmtree(checkout / ".tools/go")
    there = tmp_path / "bin"
    there.mkdir()
    for command in ("make", "bash", "uv", "sh"):
        if found := shutil.which(command):
            (there / command).symlink_to(found)
    command = [there / "make", "-C", checkout, "scan"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": str(there)})
    assert done.returncode == 2
    assert "https://go.dev/doc/install" in done.stderr
