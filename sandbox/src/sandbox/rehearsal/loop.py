"""The loop as a drawing: stations on a track, gates as stop signs, one coloured line per candidate.

Drawn twice, wide and tall; the page shows the one that fits. Colours are the page's own variables.
"""

from collections.abc import Sequence
from html import escape
from math import cos, pi, sin
from typing import Any

STATIONS = (
    "data", "validate", "train", "evaluate", "gate", "register", "staging", "canary", "production", "monitor",
)  # fmt: skip
GATES = {"validate": "contract", "gate": "offline", "staging": "contract test", "canary": "live traffic"}
TOP, BOTTOM, LEFT, RIGHT = 110, 370, 330, 990
RADIUS = (BOTTOM - TOP) / 2
WIDE = {
    "data": (60, TOP), "validate": (190, TOP), "train": (400, TOP), "evaluate": (560, TOP), "gate": (720, TOP),
    "register": (880, TOP), "staging": (880, BOTTOM), "canary": (720, BOTTOM), "production": (560, BOTTOM),
    "monitor": (400, BOTTOM),
}  # fmt: skip
TALL = {name: (132, 44 + 74 * row) for row, name in enumerate(STATIONS)}
Point = tuple[float, float]


def drawings(candidates: Sequence[dict[str, Any]]) -> str:
    """Both drawings of the loop; a candidate has `stopped_at`, and its place in the list is its number."""
    return f'<div class="wide">{_wide(candidates)}</div><div class="tall">{_tall(candidates)}</div>'


def lane_offset(index: int, count: int) -> float:
    """How far from the middle of the track the line of candidate `index` runs."""
    return (index - (count - 1) / 2) * 6.0


def _wide(candidates: Sequence[dict[str, Any]]) -> str:
    loop = f"M60,{TOP} H{RIGHT} A{RADIUS},{RADIUS} 0 0 1 {RIGHT},{BOTTOM} H{LEFT} A{RADIUS},{RADIUS} 0 0 1 {LEFT},{TOP}"
    stopped = {c["stopped_at"] for c in candidates}
    back = {
        "validate": f"M190,{TOP} V192 q0,16 -16,16 H76 q-16,0 -16,-16 V{TOP + 24}",
        "gate": f"M720,{TOP} V192 q0,16 -16,16 H426 q-16,0 -16,-16 V{TOP + 24}",
        "canary": f"M720,{BOTTOM} V288 q0,-16 -16,-16 H406 q-16,0 -16,-16 V{TOP + 24}",
        "staging": f"M880,{BOTTOM} V288 q0,-16 -16,-16 H704",
    }
    parts = [f'<path class="track" d="{loop}"/>']
    parts += [_way_back(path, name in stopped) for name, path in back.items()]
    parts += [_line(i, _wide_lane(c["stopped_at"], lane_offset(i, len(candidates)))) for i, c in enumerate(candidates)]
    parts += [
        _chevron(LEFT - RADIUS, (TOP + BOTTOM) / 2, -90),
        _chevron(RIGHT + RADIUS - 2, (TOP + BOTTOM) / 2, 90),
    ]
    for name, (x, y) in WIDE.items():
        outward = -1 if y == TOP else 1
        parts.append(_station(name, x, y, (x, y + outward * 48 + 5), (x, y + outward * 66 + 5), "middle"))
        parts.append(_pins(candidates, name, (x, y - outward * 54), centred=True))
    notes = [
        _note(565, 200, "refused: back to training, with the numbers"),
        _note(565, 292, "rolled back: back to training, with the reason"),
        _note(125, 228, "back to its sender"),
        _note(292, 246, "time to retrain", "start"),
    ]
    return _svg(0, 20, 1160, 444, "The loop", parts + notes)


def _wide_lane(station: str, offset: float) -> str:
    """The line from data to `station`, `offset` outside the middle of the track."""
    x, y = WIDE[station]
    if y == TOP:
        return f"M60,{TOP - offset} H{x}"
    radius = RADIUS + offset
    return f"M60,{TOP - offset} H{RIGHT} A{radius},{radius} 0 0 1 {RIGHT},{BOTTOM + offset} H{x}"


def _tall(candidates: Sequence[dict[str, Any]]) -> str:
    stopped = {c["stopped_at"] for c in candidates}
    x, train, last = 132, TALL["train"][1], TALL["monitor"][1]
    first = TALL["data"][1]
    parts = [
        f'<path class="track" d="M{x},{first} V{last}"/>',
        f'<path class="track thin" d="M{x},{last} H44 q-20,0 -20,-20 V{train + 20} q0,-20 20,-20 H{x}"/>',
    ]
    for name in GATES:
        y, goal = TALL[name][1], TALL["data" if name == "validate" else "train"][1]
        path = f"M{x},{y} H74 q-12,0 -12,-12 V{goal + 20} q0,-12 12,-12 H{x - 26}"
        parts.append(_way_back(path, name in stopped))
    for i, candidate in enumerate(candidates):
        offset = lane_offset(i, len(candidates))
        parts.append(_line(i, f"M{x + offset},{first} V{TALL[candidate['stopped_at']][1]}"))
    for name, (_, y) in TALL.items():
        parts.append(_station(name, x, y, (x + 42, y), (x + 42, y + 18), "start"))
        parts.append(_pins(candidates, name, (x + 164, y - 5), centred=False))
    return _svg(0, 0, 340, 756, "The loop", parts)


def _svg(x: int, y: int, width: int, height: int, title: str, parts: Sequence[str]) -> str:
    arrow = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="7" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="tip" d="M0,0 L10,5 L0,10 z"/></marker></defs>'
    ).replace("tip", f"tip{width}", 1)
    body = "".join(parts).replace("url(#tip)", f"url(#tip{width})")
    return f'<svg class="loop" viewBox="{x} {y} {width} {height}" role="img" aria-label="{title}">{arrow}{body}</svg>'


def _way_back(path: str, used: bool) -> str:
    return f'<path class="back{" used" if used else ""}" d="{path}" marker-end="url(#tip)"/>'


def _line(index: int, path: str) -> str:
    return f'<path class="line c{index}" d="{path}"/>'


def _chevron(x: float, y: float, turn: float) -> str:
    return f'<path class="chevron" transform="translate({x},{y}) rotate({turn})" d="M-5,-6 L4,0 L-5,6"/>'


def _note(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="note" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _station(name: str, x: float, y: float, label: Point, below: Point, anchor: str) -> str:
    text = f'<text class="name" x="{label[0]}" y="{label[1]}" text-anchor="{anchor}">{name}</text>'
    if name not in GATES:
        big = 17 if name == "production" else 12
        return f'<circle class="stop {name}" cx="{x}" cy="{y}" r="{big}"/>{text}'
    kind = f'<text class="kind" x="{below[0]}" y="{below[1]}" text-anchor="{anchor}">{GATES[name]}</text>'
    return (
        f'<polygon class="sign" points="{_octagon(x, y, 27)}"/><polygon class="rim" points="{_octagon(x, y, 23.5)}"/>'
        f'<text class="word" x="{x}" y="{y + 4.5}" text-anchor="middle">STOP</text>{text}{kind}'
    )


def _octagon(x: float, y: float, radius: float) -> str:
    corners = ((pi / 8 + k * pi / 4) for k in range(8))
    return " ".join(f"{x + radius * cos(a):.1f},{y + radius * sin(a):.1f}" for a in corners)


def _pins(candidates: Sequence[dict[str, Any]], station: str, at: Point, *, centred: bool) -> str:
    """The numbers of the candidates that stopped at `station`, in a row that begins at `at` or has it in its middle."""
    here = [i for i, c in enumerate(candidates) if c["stopped_at"] == station]
    pins = []
    for position, index in enumerate(here):
        x, y = at[0] + (position - (len(here) - 1) / 2 * centred) * 26, at[1]
        title = escape(f"{candidates[index]['title']}: {candidates[index]['outcome']}")
        pins.append(
            f'<g class="pin c{index}"><title>{title}</title><circle cx="{x}" cy="{y}" r="11"/>'
            f'<text x="{x}" y="{y + 4.5}" text-anchor="middle">{index + 1}</text></g>'
        )
    return "".join(pins)
