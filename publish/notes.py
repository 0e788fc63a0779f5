"""Release what a tag names: its section of CHANGELOG.md becomes the notes of a GitHub release.

    python publish/notes.py v0.1.0

It refuses, in one sentence, a tag that is no vX.Y.Z, a version that the tag, cookiecutter.json and CHANGELOG.md do not
agree on, and a commit that main does not have. It works through `gh` (https://cli.github.com/manual/gh_release), and a
second run writes the notes of the release that is there.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TAG = re.compile(r"v(\d+\.\d+\.\d+)")


class RefusedError(Exception):
    """A sentence: what does not agree, and what to do."""


def section(changelog: str, version: str) -> str:
    """The text below a version's heading, up to the next version's; empty when there is none."""
    parts = re.split(r"^## +\[?([^\s\]]+).*$", changelog, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return found.get(version, "").strip()


def notes(tag: str, root: Path) -> str:
    """The notes of the release that `tag` names, as the files of `root` tell them. Raises RefusedError."""
    matched = TAG.fullmatch(tag)
    if not matched:
        raise RefusedError(f"{tag!r} is no version: write vX.Y.Z, such as v1.2.0")
    version = matched[1]
    stated = json.loads((root / "cookiecutter.json").read_text())["__template_version"]
    if stated != version:
        raise RefusedError(f"the tag says {version} and cookiecutter.json {stated}: write one of them anew")
    text = section((root / "CHANGELOG.md").read_text(), version)
    if not text:
        raise RefusedError(f'CHANGELOG.md has nothing below "## {version}": give "## Unreleased" that name')
    return text


def is_on_main(root: Path) -> bool:
    """Whether the commit that is checked out is one of main's, where every change has been checked."""
    asked = ["git", "merge-base", "--is-ancestor", "HEAD", "origin/main"]
    return subprocess.run(asked, cwd=root).returncode == 0  # noqa: S603


def publish(tag: str, text: str) -> None:
    """Make the release, or write its notes anew. Raises CalledProcessError when gh fails; it has said why."""
    there = subprocess.run(["gh", "release", "view", tag], capture_output=True).returncode == 0  # noqa: S603, S607
    with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
        file.write(text)
        file.flush()
        verb = ["edit", tag] if there else ["create", tag, "--verify-tag", "--title", tag]
        subprocess.run(["gh", "release", *verb, "--notes-file", file.name], check=True)  # noqa: S603, S607


def main(tag: str, root: Path) -> None:
    """Release it. Exits with one sentence where it must not be."""
    try:
        text = notes(tag, root)
        if not is_on_main(root):
            raise RefusedError(f"{tag} names a commit that main does not have: tag one of main's")
        publish(tag, text)
    except RefusedError as refused:
        raise SystemExit(f"notes: {refused}") from None
    except subprocess.CalledProcessError:
        raise SystemExit(f"notes: gh did not release {tag}; what it says is above") from None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("notes: name the tag: python publish/notes.py v0.1.0")
    main(sys.argv[1], Path(__file__).parents[1])
