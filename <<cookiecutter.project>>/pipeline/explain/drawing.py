"""A release as one picture: stages, evidence by signal, both fleets' requests and failures, what decided."""

import math
from collections.abc import Callable

from pipeline import svg
from pipeline.explain import facts, words
from pipeline.explain.clock import Clock, clock
from pipeline.ledger import Record

LEFT, RIGHT = svg.EDGE + 64, svg.WIDTH - svg.EDGE - 150  # between them time passes
NAMES = 138.0  # pixels for a name right of the panels
LINE, BAND, GAP = 17.0, 22.0, 34.0
EVIDENCE, REQUESTS = 140.0, 70.0  # heights of panels
FAINTEST, STRONGEST = 0.01, 1e6  # of evidence that is drawn: beyond, it says no more
COLOURS = {"errors": 0, "refusals": 1, "slow_p90": 2, "slow_p99": 3}
CANDIDATE, LIVE = ("c1", "candidate"), ("c0", "live model")
Points = list[tuple[float, float]]


def draw(record: Record, speed: float = 1.0) -> str:
    """The SVG; `speed` says how many of AWS's seconds a second of the stamps is."""
    title = f"{record.release}: {words.verdict_word(record)}" + (f" ({record.cause})" if record.cause else "")
    when = clock(record, speed, LEFT, RIGHT)
    told = svg.wrapped(words.verdict(record), svg.WIDTH - 2 * svg.EDGE, 3)
    body = [svg.text(svg.EDGE, svg.TOP + 2 + LINE * row, line, "soft") for row, line in enumerate(told)]
    y = svg.TOP + LINE * len(told) + 12
    if when is None:
        return svg.page(
            title, y + GAP, [*body, svg.text(svg.EDGE, y + 4, "It has no moments to draw.", "soft")]
        )
    band, top = _stages(record, when, y), y
    marks, y = _marks(record, when, y + BAND)
    panels: list[str] = []
    for panel in (_evidence, _requests, _failures):
        drawn, taken = panel(record, when, y + GAP)
        panels.append(drawn)
        y += taken + (GAP if taken else 0)
    axis = [svg.upright(x, top, y, name) for x, name in when.ticks()]
    axis.append(svg.text((LEFT + RIGHT) / 2, y + 40, f"{when.unit} since {when.since}", "soft", "middle"))
    lines = [svg.segment(x, top, x, y, "zero") for x, _ in _moments(record, when)]
    return svg.page(title, y + 52, [*body, *axis, *lines, *band, *marks, *panels])


def _stages(record: Record, when: Clock, y: float) -> list[str]:
    """What the endpoint was doing, one band after the other."""
    seen = [(when.at(one.get("at")), str(one.get("stage", ""))) for one in facts.listed(record, "stages")]
    known = sorted((x, name) for x, name in seen if x is not None)
    ends = [*(x for x, _ in known[1:]), when.end][: len(known)]
    drawn = []
    for (x, name), end in zip(known, ends, strict=True):
        short = name.removeprefix("Updating, ")
        box = f'x="{x:.1f}" y="{y:.1f}" width="{max(1.0, end - x):.1f}" height="{BAND:.1f}" rx="3"'
        drawn.append(f'<rect {box} class="band {_tone(short)}"><title>{svg.clean(name)}</title></rect>')
        if end - x > 40:
            drawn.append(svg.text(x + 6, y + 15, short, "", width=end - x - 8))
    return drawn


def _tone(stage: str) -> str:
    """A colour for what happens: all is well, both fleets side by side, on the way, or going back."""
    tones = {"InService": "c2", "Baking": "c0", "RollingBack": "c1", "Failed": "c1"}
    return next(
        (tone for word, tone in tones.items() if word in stage), "c3" if "Traffic" in stage else "idle"
    )


def _moments(record: Record, when: Clock) -> list[tuple[float, str]]:
    """The moments that decided: evidence enough, each alarm, the end."""
    found = [
        (when.at(one.get("at")), f"alarm: {one.get('signal', 'unknown')}") for one in facts.fired(record)
    ]
    if rejected := facts.rejected(record):
        found.append((when.at(rejected), "the judge rejects"))
    if record.ended:
        found.append((when.at(record.ended), words.verdict_word(record)))
    return sorted((x, name) for x, name in found if x is not None)


def _marks(record: Record, when: Clock, y: float) -> tuple[list[str], float]:
    """Each moment's name beside its line, one below the other where they are close."""
    drawn, ends = [], [-math.inf] * 4
    last = 0
    for x, name in _moments(record, when):
        wide = svg.width_of(name)
        begin = x + 5 if x + wide < svg.WIDTH - svg.EDGE else x - 5 - wide
        row = next((row for row, end in enumerate(ends) if end < begin), len(ends) - 1)
        ends[row], last = begin + wide + 8, max(last, row + 1)
        drawn.append(svg.text(begin, y + LINE * (row + 1) - 2, name, "mark"))
    return drawn, y + LINE * last


def _evidence(record: Record, when: Clock, top: float) -> tuple[str, float]:
    """Evidence by signal on a scale of powers of ten, and the bound as a line."""
    looks = facts.ticks(record)
    if not looks:
        return "", 0.0
    lines = {"together": [(one["at"], float(one["evidence"])) for one in looks]}
    for name in facts.signals(record):
        lines[name] = [
            (one["at"], float(one["signals"][name]["evidence"]))
            for one in looks
            if (one.get("signals") or {}).get(name, {}).get("evidence") is not None
        ]
    bound, values = facts.bound(record), [value for line in lines.values() for _, value in line]
    highest = min(STRONGEST, max([10.0, *values, *([3 * bound] if bound else [])]))
    powers = range(round(math.log10(FAINTEST)), math.ceil(math.log10(highest)) + 1)
    bottom, span = top + EVIDENCE, powers[-1] - powers[0]

    def height(value: float) -> float:
        power = math.log10(min(max(value, FAINTEST), 10.0 ** powers[-1]))
        return bottom - EVIDENCE * (power - powers[0]) / span

    drawn = [svg.level(LEFT, RIGHT, height(10.0**power), _power(power)) for power in powers]
    drawn.append(_heading("evidence against it", top))
    if bound:
        drawn.append(svg.segment(LEFT, height(bound), RIGHT, height(bound), "bound"))
        drawn.append(svg.text(LEFT + 6, height(bound) - 5, f"{bound:g}: taken back", "mark"))
    placed = {
        name: [(when.at(at) or LEFT, height(value)) for at, value in line] for name, line in lines.items()
    }
    return "".join([*drawn, *_lines(placed, _colour)]), EVIDENCE


def _requests(record: Record, when: Clock, top: float) -> tuple[str, float]:
    return _counted(record, when, top, ("canary", "stable"), "requests")


def _failures(record: Record, when: Clock, top: float) -> tuple[str, float]:
    return _counted(record, when, top, ("canary_failed", "stable_failed"), "failed requests")


def _counted(record: Record, when: Clock, top: float, keys: tuple[str, str], title: str) -> tuple[str, float]:
    """What both fleets have counted since the bake began."""
    looks = [one for one in facts.ticks(record) if (one.get("signals") or {}).get("errors")]
    if not looks:
        return "", 0.0
    numbers = {
        fleet: [(one["at"], float(one["signals"]["errors"].get(key) or 0)) for one in looks]
        for fleet, key in zip((CANDIDATE, LIVE), keys, strict=True)
    }
    scale = svg.Scale([0.0, 1.0, *(value for line in numbers.values() for _, value in line)], REQUESTS)
    bottom = top + REQUESTS
    drawn = [svg.level(LEFT, RIGHT, bottom - scale.at(tick), scale.name(tick)) for tick in scale.ticks]
    drawn.append(_heading(title, top))
    placed = {
        f"{name} {line[-1][1]:,.0f}": [(when.at(at) or LEFT, bottom - scale.at(value)) for at, value in line]
        for (_, name), line in numbers.items()
    }
    tones = dict(zip(placed, (tone for tone, _ in numbers), strict=True))
    return "".join([*drawn, *_lines(placed, tones.__getitem__)]), REQUESTS


def _lines(placed: dict[str, Points], tone: Callable[[str], str]) -> list[str]:
    """A line each, its name at its right end."""
    kept = {name: line for name, line in placed.items() if line}
    ends = svg.apart([line[-1][1] for line in kept.values()], 16)
    drawn = []
    for (name, line), end in zip(kept.items(), ends, strict=True):
        shape = svg.line(line) or svg.dot(*line[-1], 3)
        label = svg.text(RIGHT + 10, end + 4, name.replace("_", " "), "name", width=NAMES)
        drawn.append(f'<g class="{tone(name)}">{shape}{label}</g>')
    return drawn


def _colour(name: str) -> str:
    return f"c{COLOURS[name]}" if name in COLOURS else "whole" if name == "together" else "idle"


def _heading(title: str, top: float) -> str:
    return svg.text(LEFT, top - 10, title, "soft")


def _power(power: int) -> str:
    """1000 as it is, 10,000 as a power."""
    return f"{10.0**power:g}" if power < 4 else f"10{'⁰¹²³⁴⁵⁶'[power]}"
