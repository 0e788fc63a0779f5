"""The last step: stop, count, take everything down, and look at what is left."""

from collections import Counter
from typing import Any

from sandbox.rehearsal import caller, foundation, upstream
from sandbox.rehearsal.identity import ENVIRONMENTS, REGISTRY
from sandbox.rehearsal.life import Life, expect
from sandbox.rehearsal.roles import PLATFORM, SERVICE, Administrator
from sandbox.rehearsal.traffic import series

BUCKET_SECONDS = 0.25

Counts = dict[str, Counter[int]]


def teardown(life: Life) -> str:
    """Client and servers counted alike; then no resource, no process and no port is left."""
    stop_traffic(life)
    life.together(lambda one: _verb(life, one, one), ENVIRONMENTS)
    sent = _compare(life)
    return f"{sent:,} requests counted alike; {_rest(life)}"


def after_faults(life: Life) -> str:
    """The same without the count: a request that was failed on purpose reached no server."""
    stop_traffic(life)
    life.together(lambda one: _verb(life, one, one), ENVIRONMENTS)
    return _rest(life)


def _rest(life: Life) -> str:
    """Take down what is left beside the endpoints; says that nothing is left then."""
    accounts = list(life.runner.identity.distinct().values())
    _verb(life, REGISTRY, "platform")  # before the services go, because their roles show that nothing is live
    life.together(lambda one: _destroy(life, one, SERVICE, one), ENVIRONMENTS)
    _destroy(life, REGISTRY, PLATFORM, "platform")
    life.together(lambda part: _destroy(life, part, "../foundation", foundation.stack(part)), accounts)
    caller.remove(life.observer.client("iam", "production"))
    upstream.remove(life.observer.client("iam"))
    told = life.tell(Administrator(REGISTRY), "sandbox", "left")  # it goes through all accounts
    listed, error = told.document, told.document.get("error")
    expect("left" in listed, f"`{told.words}` ended with {told.code} and no list: {error}")
    life.account.stop()
    life.record.pending_deletion = listed["keys_pending_deletion"]
    life.record.left = [*listed["left"], *listed["processes"], *life.account.left()]
    expect(not life.record.left, f"left after teardown: {life.record.left}")
    keys = len(life.record.pending_deletion)
    return f"nothing is left but {keys} keys that AWS deletes in its own time"


def _verb(life: Life, part: str, what: str) -> None:
    life.administer(part, "pipeline", "teardown", what, "--confirm", life.name)


def _destroy(life: Life, part: str, folder: str, stack: str) -> None:
    life.administer(part, "sandbox", "destroy", folder, "--stack", stack, "--unprotect")


def stop_traffic(life: Life) -> None:
    """End the traffic, if it has begun, and keep what it saw for the report."""
    client, record = life.client, life.record
    if client is None or record.traffic is not None:
        return
    if life.labeller:
        life.labeller.stop()
    client.stop()
    requests = client.between(record.began, record.began + record.now() + 1)
    if not requests:
        return
    start, end = requests[0].at, requests[-1].at
    record.traffic = {
        "rate": client.rate,
        "started": round(start - record.began, 3),
        "ended": round(end - record.began, 3),
        "bucket_seconds": BUCKET_SECONDS,
        "models": series(requests, start, end, BUCKET_SECONDS),
    }


def _compare(life: Life) -> int:
    """The traffic's count and the serving processes' must be the same, by model and by status."""
    counted = life.client.counts() if life.client else {}
    served = life.observer.served("production")
    life.record.requests = requests(counted, served)
    expect(
        counted == served,
        f"the traffic counted {_plain(counted)}, and the serving processes {_plain(served)}",
    )
    return int(life.record.requests["sent"])


def requests(counted: Counts, served: Counts) -> dict[str, Any]:
    """Both counts side by side, as rehearsal.json has them."""
    whole = sum(counted.values(), Counter())
    return {
        "sent": whole.total(),
        "failed": whole.total() - whole[200],
        "agree": counted == served,
        "by_model": [
            {"model": model, "traffic": _text(counted.get(model)), "served": _text(served.get(model))}
            for model in sorted(counted.keys() | served.keys())
        ],
    }


def _text(counts: Counter[int] | None) -> dict[str, int]:
    return {str(status): number for status, number in sorted((counts or {}).items())}


def _plain(counts: Counts) -> dict[str, dict[str, int]]:
    return {model: _text(found) for model, found in sorted(counts.items())}
