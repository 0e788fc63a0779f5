"""Compose the demo: a project as this template bakes it, to look at and to take, and the report of its rehearsal.

    python publish/site.py build/demo build/site

`make site` rehearses first, and runs it. The site is one folder of plain files, without scripts: the workflow `demo`
publishes it (docs/decisions/0038-demo-site.md).
"""

import gzip
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from cookiecutter import main as cookiecutter

ROOT = Path(__file__).parents[1]
LEFT_BY_TOOLS = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
STYLE = Path(__file__).with_name("site.css").read_text()


def page(title: str, body: str) -> str:
    """A page of its own: style inside, nothing from elsewhere."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    return (
        f'<!doctype html><html lang="en"><head>{head}<title>{escape(title)}</title><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>\n"
    )


def paths(project: Path) -> list[Path]:
    """The files of a project, relative to it, the folders' own before those below."""
    files = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
    kept = (path for path in files if not set(LEFT_BY_TOOLS) & set(path.parts))
    return sorted(kept, key=lambda path: (path.parent.parts, path.name))


def archive(project: Path, into: Path) -> None:
    """The project as one .tar.gz, the same bytes for the same files: no time, no owner."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with (
        into.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in paths(project):
            tar.add(project / path, f"{project.name}/{path.as_posix()}", filter=plain)


def shown_as(path: Path) -> Path:
    """Where the site has a file: under no name that begins with a dot.

    actions/upload-pages-artifact leaves such names out: https://github.com/actions/upload-pages-artifact/releases/tag/v4.0.0
    """
    return Path(*(f"dot{part}" if part.startswith(".") else part for part in path.parts))


def show(project: Path, path: Path, folder: Path) -> str:
    """Put one file below `folder` to be read, as a page where it is text; returns its address in `folder`."""
    place = shown_as(path)
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    try:
        text = (project / path).read_text()
    except UnicodeDecodeError:
        shutil.copyfile(project / path, folder / place)
        return quote(place.as_posix())
    name = escape(path.as_posix())
    up = "../" * (len(path.parts) - 1)
    body = f'<p><a href="{up}index.html">{escape(project.name)}</a> / {name}</p><pre>{escape(text)}</pre>'
    place = place.with_name(f"{place.name}.html")
    (folder / place).write_text(page(path.as_posix(), body))
    return quote(place.as_posix())


def listing(project: Path, folder: Path) -> None:
    """Every file of a project below `folder`, and a page that names them all."""
    parts = [f'<p><a href="../index.html">Back</a></p><h1>{escape(project.name)}</h1>']
    for parent, within in groupby(paths(project), key=lambda path: path.parent):
        links = (f'<li><a href="{show(project, path, folder)}">{escape(path.name)}</a></li>' for path in within)
        heading = "" if parent == Path() else f"<h2>{escape(parent.as_posix())}/</h2>"
        parts.append(f"{heading}<ul>{''.join(links)}</ul>")
    (folder / "index.html").write_text(page(project.name, "".join(parts)))


def front(name: str, files: int, record: dict[str, object]) -> str:
    """The first page: what there is to see. `record` is the rehearsal's own."""
    steps, seconds = record["steps"], record["seconds"]
    figures: Iterable[tuple[str, str]] = (
        ("files in the project", str(files)),
        ("steps rehearsed", str(len(steps))),  # type: ignore[arg-type]
        ("seconds for the rehearsal", f"{seconds['rehearsal']:.0f}"),  # type: ignore[index]
        ("outcome", "as expected" if record["ok"] else "not as expected"),
    )
    cells = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in figures)
    said = escape(name)
    return page(
        name,
        f"<h1>{said}</h1><p>What cookiecutter-sagemaker-mlops bakes from the default answers, made anew on each "
        "merge, and what became of it: trained, released, served and rolled back on the machine that made this "
        f"page, against a stand-in for AWS.</p><dl>{cells}</dl>"
        f'<p><a href="report.html">The report of its rehearsal</a> &middot; <a href="project/index.html">the '
        f'project, file by file</a> &middot; <a href="{quote(name)}.tar.gz">the project as an archive</a></p>'
        "<h2>A release that was rolled back</h2><p>One picture of such a report, from an earlier rehearsal: who "
        "answered, who failed, and the moment of the verdict.</p>"
        '<img src="canary.png" alt="A canary that was rolled back">',
    )


def compose(project: Path, report: Path, site: Path) -> None:
    """The whole site of a baked project and of the folder in which its rehearsal left what it found.

    Raises SystemExit, with one sentence, when there was no rehearsal.
    """
    try:
        record = json.loads((report / "rehearsal.json").read_text())
    except FileNotFoundError:
        raise SystemExit(f"site: there is no rehearsal in {report}: run make demo first") from None
    shutil.rmtree(site, ignore_errors=True)
    (site / "project").mkdir(parents=True)
    shutil.copyfile(report / "report.html", site / "report.html")
    shutil.copyfile(ROOT / "docs" / "canary.png", site / "canary.png")
    archive(project, site / f"{project.name}.tar.gz")
    listing(project, site / "project")
    (site / "index.html").write_text(front(project.name, len(paths(project)), record))


def bake(into: Path) -> Path:
    """A project of the default answers; nothing of the caller's configuration counts."""
    return Path(cookiecutter.cookiecutter(str(ROOT), no_input=True, output_dir=str(into), default_config=True))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("site: name two folders: python publish/site.py build/demo build/site")
    with tempfile.TemporaryDirectory() as folder:
        compose(bake(Path(folder)), Path(sys.argv[1]), Path(sys.argv[2]))
