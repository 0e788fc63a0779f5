"""The picture of the workflows is what the files say."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs import draw_workflows
from docs.workflow_files import read
from pipeline import svg

SVG = "{http://www.w3.org/2000/svg}"
WORKFLOWS = draw_workflows.ROOT / ".github" / "workflows"


def drawn(picture: str, kind: str) -> list[ElementTree.Element]:
    """The elements of one kind; fails where the picture is not XML."""
    return list(ElementTree.fromstring(picture).iter(f"{SVG}{kind}"))  # noqa: S314 - our own text


@pytest.fixture(scope="module")
def picture() -> str:
    """What the files say now."""
    return draw_workflows.draw(read(WORKFLOWS))


def test_the_committed_picture_is_what_the_files_say(picture: str) -> None:
    """After a change of a workflow it is drawn anew."""
    if draw_workflows.PICTURE.read_text() != picture:
        pytest.fail("docs/workflows.svg shows other workflows than .github/workflows has: run `make picture`")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  workflow_dispatch:", "  merge_group:"),
        ("vars.ROLE_RELEASE_", "vars.ROLE_PREVIEW_"),
        (r"\n    name: .*", "\n    name: another"),
        (r"\n    environment: \w.*", ""),
        (r"\n    needs: .*", ""),
    ],
    ids=["event", "role", "name", "environment", "order"],
)
def test_a_changed_workflow_is_another_picture(old: str, new: str, picture: str, tmp_path: Path) -> None:
    """In what starts it, as whom, where and when its jobs run."""
    shutil.copytree(WORKFLOWS, tmp_path / "workflows")
    for path in (tmp_path / "workflows").glob("*.yml"):
        path.write_text(re.sub(old, new, path.read_text()))
    assert draw_workflows.draw(read(tmp_path / "workflows")) != picture


def test_every_workflow_has_its_place_in_the_order() -> None:
    """A new one is put where it belongs in a change's life."""
    assert [one.name for one in read(WORKFLOWS) if one.name not in draw_workflows.ORDER] == []


def test_an_arrow_leads_to_every_job(picture: str) -> None:
    """From what starts it or from each job that it needs."""
    jobs = [job for workflow in read(WORKFLOWS) for job in workflow.jobs]
    tips = [path for path in drawn(picture, "path") if path.get("class") == "tip"]
    assert len(tips) == sum(len(job.needs) or 1 for job in jobs)


def test_a_person_stands_where_one_decides(picture: str) -> None:
    """At each merge, each start by hand and each job that waits for a reviewer; and once in the legend."""
    workflows = read(WORKFLOWS)
    asked = sum(draw_workflows.waits(job) for workflow in workflows for job in workflow.jobs)
    begun = sum(person for workflow in workflows for _words, person in workflow.events)
    heads = [dot for dot in drawn(picture, "circle") if dot.get("class") == "person"]
    assert asked > 0
    assert len(heads) == asked + begun + 1


def test_no_box_leaves_the_paper_and_none_lies_on_another(picture: str) -> None:
    """Whatever the files come to say."""
    width, height = (float(one) for one in str(ElementTree.fromstring(picture).get("viewBox")).split()[2:])  # noqa: S314
    boxes = [
        [float(one.get(side, "nan")) for side in ("x", "y", "width", "height")]
        for one in drawn(picture, "rect")
        if one.get("class") == "box"
    ]
    assert [one for one in boxes if one[0] + one[2] > width or one[1] + one[3] > height] == []
    apart = [
        a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        for index, a in enumerate(boxes)
        for b in boxes[:index]
    ]
    assert all(apart)


def test_nothing_is_cut(picture: str) -> None:
    """A page shows the picture as an image, in which no pointer brings the rest."""
    assert "…" not in picture


def test_a_title_is_put_in_lines() -> None:
    """A word that is longer than a line stays whole."""
    said = svg.wrapped("style, types, tests, and a very long word: " + "x" * 40, 150)
    assert said == ["style, types, tests,", "and a very long", "word:", "x" * 40]
