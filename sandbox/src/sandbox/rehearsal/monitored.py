"""What the monitor says of production during a rehearsal, and the alarms that follow; with what it is asked about."""

import time
from collections.abc import Sequence

from sandbox.rehearsal import damage
from sandbox.rehearsal.life import Life, expect, wait_for
from sandbox.rehearsal.record import Verdict
from sandbox.rehearsal.traffic import Question

BROKEN, KEPT, UNKNOWN = "broken", "kept", "unknown"  # states of a promise
SIGHT, CALLERS = "sight", "callers"  # promises that every policy has
SOON = 30.0  # seconds within which an alarm follows a verdict
SPARE = 2.0  # seconds for what was captured to be written


def ask(life: Life, files: Sequence[str]) -> list[Question]:
    """From now on production is asked about the rows of these files; what it is asked, in this order."""
    questions = damage.questions(life.workspace.folder, life.scenario.traffic, files)
    change(life, questions)
    return questions


def change(life: Life, questions: Sequence[Question]) -> None:
    """From now on production is asked this, beginning with the first."""
    assert life.client is not None  # noqa: S101 - only called under traffic
    life.client.ask(questions)
    life.changed = time.time()


def labels_have_come(life: Life) -> None:
    """Wait until what was true of the first changed requests is known."""
    labeller, since = life.labeller, life.changed + SPARE
    assert labeller is not None  # noqa: S101 - only called under traffic
    expect(wait_for(lambda: labeller.until > since, SOON), "no labels come")


def live_for_a_window(life: Life) -> None:
    """Wait until the monitor has a window of what production serves."""
    newest = next(one for one in reversed(life.record.releases) if one.environment == "production")
    life.changed = life.record.began + (newest.wall["ended"] or 0.0)
    wait_for_a_window(life)


def wait_for_a_window(life: Life) -> None:
    """Until all that the monitor looks at was asked since `changed`, and labels of most of it are due."""
    promised = life.scenario.policy["monitor"]
    _wait(life, float(promised["window_blocks"]), float(promised["label_hours"]))


def wait_for_a_block(life: Life) -> None:
    """Until the monitor sees a block that was asked since `changed`."""
    _wait(life, 2)


def _wait(life: Life, blocks: float, hours: float = 0.0) -> None:
    """Until so many blocks, and then hours, of AWS's time have passed since `changed`."""
    seconds = blocks * float(life.scenario.policy["monitor"]["block_minutes"]) * 60 + hours * 3600
    time.sleep(max(0.0, life.changed + seconds / life.record.speed + SPARE - time.time()))


def judged(life: Life, title: str, promise: str, state: str) -> Verdict:
    """What the monitor says of production; the promise must be in that state."""
    page = life.account.folder.with_name("monitor") / f"{title.lower().replace(' ', '-')}.html"
    said = life.call("pipeline", "monitor", "production", "--html", str(page))
    verdict = Verdict.of(title, life.record.now(), promise, said)
    life.record.verdicts.append(verdict)
    found = verdict.states[promise]
    expect(found == state, f"{title.lower()}: {promise} is {found}, not {state}: {verdict.sentence}")
    return verdict


def alarm(life: Life, promise: str) -> str:
    """What a promise's alarm is called."""
    return f"{life.name}-production-model-{promise.replace('_', '-')}"


def sounding(life: Life, promise: str) -> str:
    """The promise's alarm, which must sound."""
    name = alarm(life, promise)
    sounds = wait_for(lambda: name in life.observer.sounding("production"), SOON)
    expect(sounds, f"the monitor says that {promise} is broken, and {name} does not sound")
    return name


def silent(life: Life, promise: str) -> None:
    """The promise's alarm must sound no more."""
    name = alarm(life, promise)
    ended = wait_for(lambda: name not in life.observer.sounding("production"), SOON)
    expect(ended, f"the monitor says that {promise} is kept, and {name} still sounds")
