"""Bad candidates: five kinds, each a change of a project's own code that only a value shows which no training has seen.

Production begins to send that value before a release, where replay finds it among the captured requests, or while the
candidate bakes, where traffic is the only one to tell. A container that is dead is dead either way: by its own code,
which replay finds, or by its host.
"""

from dataclasses import dataclass

from sandbox.rehearsal.workspace import Workspace

BEFORE, DURING = "before the release", "during the bake"  # when production begins to send the value
MILLISECONDS = 150  # that an answer of the slow one takes longer


@dataclass(frozen=True)
class Bad:
    """A kind of bad candidate: `share` of the requests meet what is wrong with it, `host` is a fault of the sandbox."""

    kind: str
    begins: str
    share: float = 0.0
    host: str = ""

    @property
    def named(self) -> str:
        """The kind, and how many requests it is wrong on."""
        return f"{self.kind}, {self.share:.0%} of requests" if self.share else self.kind


SEEN = tuple(Bad(kind, BEFORE, 0.25) for kind in ("errors", "slow", "NaN", "wrong schema"))
SEEN = (*SEEN, Bad("dead", BEFORE))
UNSEEN = (
    Bad("errors", DURING, 0.05),
    Bad("errors", DURING, 0.25),
    Bad("slow", DURING, 0.25),
    Bad("NaN", DURING, 0.25),
    Bad("dead", DURING, host="dead"),
    Bad("wrong schema", DURING, 0.25),
)


def changes(column: str, value: str) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """By kind: file, what stands there, and what shall stand there instead. Wrong where `column` is `value`."""
    unseen = f"{value!r} in columns[{column!r}]"
    predict = "scores = self.predict(features.matrix(columns, self.vocabulary))"
    late = f"{predict}\n        if {unseen}:\n            time.sleep({MILLISECONDS / 1000:g})"
    nan = f"{predict}\n        if {unseen}:\n            scores = scores * np.float32('nan')"
    good = '{"predictions": scores}'
    other = f'{{"scores" if {unseen} else "predictions": scores}}'
    return {
        "errors": (("model/features.py", "codes.get(value, UNSEEN)", "codes[value]"),),
        "slow": (
            ("model/scoring.py", "import json\n", "import json\nimport time\n"),
            ("model/scoring.py", predict, late),
        ),
        "NaN": (("model/scoring.py", predict, nan),),
        "wrong schema": (("serving/service.py", good, other),),
        "dead": (("serving/worker.py", "model = Model(folder)", "raise RuntimeError('no model')"),),
        "NaN, every answer": (
            ("model/scoring.py", "return answers[:, 0]", "return answers[:, 0] * np.float32('nan')"),
        ),
    }


def spoil(workspace: Workspace, kind: str, column: str, value: str) -> None:
    """Commit the kind's change. Raises RuntimeError where the code that it changes is not there once."""
    for file, there, instead in changes(column, value)[kind]:
        path = workspace.folder / file
        text = path.read_text()
        if text.count(there) != 1:
            raise RuntimeError(f"{file} has {there!r} {text.count(there)} times: bench/bad.py changes it once")
        path.write_text(text.replace(there, instead))
    workspace.commit(f"Spoil it: {kind}")
