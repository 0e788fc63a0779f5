"""Draw docs/workflows.svg from .github/workflows: what starts what, as whom, and where a person decides.

`make picture` runs it, and a test holds the committed picture against the files.
"""

from collections.abc import Sequence
from pathlib import Path

from docs.workflow_files import Job, Workflow, read
from pipeline import svg
from pipeline.bootstrap import environments

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "workflows.svg"
# Along a change's life; what is not named here comes last.
ORDER = ("check", "retrain", "release", "deliver", "rollback", "infra", "monitor")
# whose jobs wait for a reviewer: `pipeline bootstrap` makes them so
ASKED = [name for name, asked in environments.ENVIRONMENTS.items() if asked]
READING = ("report", "preview")  # the first word of a role that changes nothing

WIDTH = 940.0  # a little more than GitHub gives a README, which shows it a little smaller
SMALL = 12 / 13  # what is not a name, beside the 13 pixels by which svg measures
LINE = 16.0  # from one line of a box to the next
PAD = 10.0  # between a box and its words
GAP = 10.0  # between boxes
BETWEEN = 34.0  # between columns, for the arrows
PERSON = 20.0  # the width of a person
ABOUT = 110.0  # where what a workflow is for begins
WIDEST = 300.0  # a job's box

Place = tuple[float, float, float, float]  # left, top, width, height


def lines(job: Job, width: float) -> list[tuple[str, str]]:
    """What a box of `width` pixels says, each line with its style: name, where, as whom, what it starts."""
    said = [(line, "mark") for line in svg.wrapped(job.title, width - PERSON)]
    if job.calls:
        said.append((f"calls {job.calls}", "soft"))
    said += [(f"in {name}", "soft") for name in job.environments]
    if waits(job):
        said.append(("waits for a reviewer", "soft"))
    said += [(f"as {role}", "soft") for role in job.roles]
    return [*said, (f"starts {job.starts}", "soft")] if job.starts else said


def waits(job: Job) -> bool:
    """Whether GitHub asks a person before the job."""
    return any(name in ASKED for name in job.environments)


def colour(job: Job) -> str:
    """Grey without a role, blue with one that reads, orange with one that changes something."""
    if not job.roles:
        return "idle"
    return "c0" if all(role.split("-")[0] in READING for role in job.roles) else "c1"


def size(style: str) -> float:
    """How large a style's letters are, beside svg's."""
    return SMALL if style == "soft" else 1.0


def box(place: Place, said: Sequence[tuple[str, str]], kind: str, person: bool) -> str:
    """A box with its lines, and a person in it where one decides."""
    left, top, width, height = place
    words = [
        svg.text(left + PAD, top + PAD + 9 + LINE * index, line, style, width=(width - 2 * PAD) / size(style))
        for index, (line, style) in enumerate(said)
    ]
    paper = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" class="box"/>'
    )
    who = figure(left + width - PAD - 6, top + PAD - 1) if person else ""
    return f'<g class="{kind}">{paper}{"".join(words)}{who}</g>'


def figure(x: float, y: float) -> str:
    """A person: somebody decides here."""
    body = f'<path d="M{x - 6:.1f},{y + 15:.1f} a6,6.5 0 0 1 12,0 z" class="person"/>'
    return f'<circle cx="{x:.1f}" cy="{y + 4:.1f}" r="3.6" class="person"/>{body}'


def arrow(start: Place, end: Place) -> str:
    """From the right edge of one box to the left edge of another."""
    x1, y1 = start[0] + start[2], start[1] + start[3] / 2
    x2, y2 = end[0] - 5, end[1] + end[3] / 2
    middle = x2 - BETWEEN / 2
    bend = f"C{middle + 4:.1f},{y1:.1f} {middle - 4:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    way = f'<path d="M{x1:.1f},{y1:.1f} H{middle - 8:.1f} {bend}" class="way"/>'
    return way + f'<path d="M{end[0]:.1f},{y2:.1f} l-7,-3.5 v7 z" class="tip"/>'


def height_of(count: int) -> float:
    """Of a box with so many lines."""
    return 2 * PAD + LINE * count - 3


def columns(workflow: Workflow) -> list[list[Job]]:
    """The jobs by how many come before them."""
    last = max((job.level for job in workflow.jobs), default=0)
    return [[job for job in workflow.jobs if job.level == level] for level in range(last + 1)]


def started(workflow: Workflow, top: float) -> tuple[list[str], Place]:
    """The boxes of what starts a workflow, and the place of them all."""
    body, y = [], top
    width = (
        max(svg.width_of(words) + (PERSON if person else 0) for words, person in workflow.events) + 2 * PAD
    )
    for words, person in workflow.events:
        place = (svg.EDGE, y, width, height_of(1))
        body.append(box(place, [(words, "")], "whole", person))
        y += place[3] + GAP
    return body, (svg.EDGE, top, width, y - GAP - top)


def panel(workflow: Workflow, top: float) -> tuple[list[str], float]:
    """What is drawn of a workflow below `top`, and where it ends."""
    stacks = columns(workflow)
    purpose = svg.wrapped(workflow.purpose, (WIDTH - svg.EDGE - ABOUT) / SMALL)
    body = [
        svg.segment(svg.EDGE, top, WIDTH - svg.EDGE, top, "rule"),
        svg.text(svg.EDGE, top + 24, workflow.name, "title"),
        *(
            svg.text(ABOUT, top + 24 + LINE * index, line, "soft", width=WIDTH)
            for index, line in enumerate(purpose)
        ),
    ]
    first = top + 24 + LINE * len(purpose)
    drawn, events = started(workflow, first)
    left = events[0] + events[2] + BETWEEN
    width = min(WIDEST, (WIDTH - svg.EDGE - left - BETWEEN * (len(stacks) - 1)) / len(stacks))
    places: dict[str, Place] = {}
    for level, stack in enumerate(stacks):
        y = first
        for job in stack:
            said = lines(job, width - 2 * PAD)
            places[job.name] = (left + level * (width + BETWEEN), y, width, height_of(len(said)))
            drawn.append(box(places[job.name], said, colour(job), waits(job)))
            y += height_of(len(said)) + GAP
    drawn += [arrow(events, places[job.name]) for job in stacks[0]]
    drawn += [arrow(places[needed], places[job.name]) for job in workflow.jobs for needed in job.needs]
    return body + drawn, max(y + height for _x, y, _width, height in (events, *places.values())) + 22


STYLE = """<style>.picture .box{fill:var(--paper);stroke:var(--c);stroke-width:1.5}
.picture .way{fill:none;stroke:var(--soft);stroke-opacity:.7}.picture .tip{fill:var(--soft)}
.picture .person{fill:var(--c3)}.picture .soft{font-size:12px}</style>"""


def draw(workflows: Sequence[Workflow]) -> str:
    """The picture of workflows, one below the other."""
    order = {name: index for index, name in enumerate(ORDER)}
    body, top = [STYLE], svg.TOP + 46
    legend = (
        ("idle", "no role"),
        ("c0", "a role that reads"),
        ("c1", "a role that changes something"),
    )
    x = svg.EDGE
    for kind, words in legend:
        body.append(
            box((x, svg.TOP - 4, svg.width_of(words) + 2 * PAD, height_of(1)), [(words, "soft")], kind, False)
        )
        x += svg.width_of(words) + 3 * PAD
    body.append(figure(x + PAD, svg.TOP + 3))
    body.append(svg.text(x + PAD + 14, svg.TOP + 15, "a person decides", "soft"))
    body.append(svg.text(WIDTH - svg.EDGE, svg.TOP + 15, "in an environment, as a role", "soft", "end"))
    for workflow in sorted(workflows, key=lambda one: order.get(one.name, len(order))):
        drawn, top = panel(workflow, top)
        body += drawn
    return svg.page("The workflows, and where a person decides", top, body, width=WIDTH)


if __name__ == "__main__":
    PICTURE.write_text(draw(read(ROOT / ".github" / "workflows")))
