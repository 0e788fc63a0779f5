"""The demo's site: every file of a project can be read and taken, and every link leads somewhere."""

import importlib.util
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
from conftest import REPOSITORY, cookiecutter

ODD = "<script>alert('&')</script>\n"


@pytest.fixture(scope="module")
def site() -> ModuleType:
    """The program; publish/ is no package."""
    spec = importlib.util.spec_from_file_location("site_of_the_demo", REPOSITORY / "publish" / "site.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rehearsed(tmp_path: Path) -> Path:
    """What a rehearsal leaves."""
    folder = tmp_path / "demo"
    folder.mkdir()
    record = {"steps": [{}, {}], "seconds": {"rehearsal": 71.4}, "ok": True}
    (folder / "rehearsal.json").write_text(json.dumps(record))
    (folder / "report.html").write_text("<p>what happened</p>")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of four files: one whose name and text are awkward, one that is no text, one of a tool."""
    project = tmp_path / "small"
    for path, content in {
        "README.md": b"# small\n",
        "odd #1/<a> & b?.txt": ODD.encode(),
        "data/one.parquet": b"PAR1\xff\xfe\x00",
        "model/__pycache__/a.pyc": b"\x00",
    }.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(content)
    return project


def dead_links(folder: Path) -> list[str]:
    """The links and pictures of pages that lead to no file of the site."""
    return [
        f"{page.relative_to(folder)}: {link}"
        for page in folder.rglob("*.html")
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text())
        if not (page.parent / unquote(link)).is_file()
    ]


def test_every_link_leads_to_a_file(site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path) -> None:
    """Also those of files with awkward names."""
    site.compose(small, rehearsed, tmp_path / "site")
    assert dead_links(tmp_path / "site") == []
    linked = re.findall(r'<li><a href="([^"]+)"', (tmp_path / "site/project/index.html").read_text())
    assert sorted(map(unquote, linked)) == ["README.md.html", "data/one.parquet", "odd #1/<a> & b?.txt.html"]


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    """The check above is able to fail."""
    (tmp_path / "index.html").write_text('<a href="gone.html">gone</a>')
    assert dead_links(tmp_path) == ["index.html: gone.html"]


def test_a_files_text_is_shown_and_not_run(site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path) -> None:
    """Whatever a file holds."""
    site.compose(small, rehearsed, tmp_path / "site")
    page = (tmp_path / "site/project/odd #1/<a> & b?.txt.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(" in page


def test_what_is_no_text_is_given_as_it_is(site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path) -> None:
    """A browser takes it down."""
    site.compose(small, rehearsed, tmp_path / "site")
    assert (tmp_path / "site/project/data/one.parquet").read_bytes() == (small / "data/one.parquet").read_bytes()


def test_the_archive_is_the_project_and_always_the_same(
    site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path
) -> None:
    """Without what tools leave, nor when and by whom it was packed."""
    for name in ("one", "two"):
        site.compose(small, rehearsed, tmp_path / name)
    packed = tmp_path / "one/small.tar.gz"
    with tarfile.open(packed) as tar:
        assert tar.getnames() == ["small/README.md", "small/data/one.parquet", "small/odd #1/<a> & b?.txt"]
    assert packed.read_bytes() == (tmp_path / "two/small.tar.gz").read_bytes()


def test_a_site_that_was_there_is_gone(site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path) -> None:
    """A file that the project no longer has is no longer shown."""
    (tmp_path / "site/project").mkdir(parents=True)
    (tmp_path / "site/project/old.html").touch()
    site.compose(small, rehearsed, tmp_path / "site")
    assert not (tmp_path / "site/project/old.html").exists()


def test_a_failed_rehearsal_is_said(site: ModuleType, small: Path, rehearsed: Path, tmp_path: Path) -> None:
    """The page claims nothing that the record does not."""
    site.compose(small, rehearsed, tmp_path / "good")
    record = json.loads((rehearsed / "rehearsal.json").read_text())
    (rehearsed / "rehearsal.json").write_text(json.dumps(record | {"ok": False}))
    site.compose(small, rehearsed, tmp_path / "bad")
    assert "not as expected" not in (tmp_path / "good/index.html").read_text()
    assert "not as expected" in (tmp_path / "bad/index.html").read_text()


def test_without_a_rehearsal_it_says_what_to_run(tmp_path: Path) -> None:
    """In one sentence."""
    command = [sys.executable, REPOSITORY / "publish/site.py", tmp_path / "nothing", tmp_path / "site"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == f"site: there is no rehearsal in {tmp_path / 'nothing'}: run make demo first\n"
    assert done.returncode == 1


def test_the_site_of_a_baked_project(site: ModuleType, rehearsed: Path, tmp_path: Path) -> None:
    """Every file of the real one, no link of it dead, and nothing that GitHub Pages refuses.

    https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits: at most 1 GB.
    https://github.com/actions/upload-pages-artifact#artifact-validation: no symbolic or hard links. Its version 4
    leaves out what begins with a dot.
    """
    project = cookiecutter(tmp_path)  # and not one in which other tests work
    folder = tmp_path / "site"
    site.compose(project, rehearsed, folder)
    shown = (folder / "project/index.html").read_text().count("<li>")
    assert shown == len(site.paths(project)) > 300
    assert dead_links(folder) == []
    assert [path for path in folder.rglob("*") if path.is_symlink() or path.name.startswith(".")] == []
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 50e6
