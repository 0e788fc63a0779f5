"""The states of a release, and which may follow which. Pure.

`locked → gated → prepared → updating → canary → final`, then one of four ends. An end is never decided here:
it is read off DescribeEndpoint (verdict.py). A state only goes forward, and what is passed too quickly to be
seen is left out.
"""

from typing import Any

LOCKED, GATED, PREPARED, UPDATING, CANARY, FINAL = OPEN = (
    "locked",  # nobody else may release here
    "gated",  # the gates let it through
    "prepared",  # model, configuration, capacity and alarms are there
    "updating",  # UpdateEndpoint is asked
    "canary",  # old and new answer side by side
    "final",  # the new one answers everything, the old one is still up
)
PROMOTED, ROLLED_BACK, FAILED, STUCK = ENDS = ("promoted", "rolled_back", "failed", "stuck")
PARTIAL = "canary capacity"  # in AWS's message, before the other instances are on
BEFORE_UPDATE = (LOCKED, GATED, PREPARED)
UNDER_WAY = (UPDATING, CANARY, FINAL)

# the service stack makes the first endpoint, so that a prepared release may be promoted without an update
NEXT = {
    LOCKED: (GATED, FAILED),
    GATED: (PREPARED, FAILED),
    PREPARED: (UPDATING, PROMOTED, FAILED),
    UPDATING: (CANARY, FINAL, *ENDS),
    CANARY: (FINAL, *ENDS),
    FINAL: ENDS,
    **dict.fromkeys(ENDS, ()),
}


def move(state: str, to: str) -> str:
    """`to`, if a release may go there from `state`; staying is allowed. Raises ValueError."""
    if to != state and to not in NEXT[state]:
        raise ValueError(f"a release does not go from {state} to {to}")
    return to


def further(one: str, other: str) -> str:
    """Whichever of two open states is further on the way."""
    return max(one, other, key=OPEN.index)


def seen(described: dict[str, Any], state: str) -> str:
    """The state of a release whose update DescribeEndpoint shows as under way; never one before `state`.

    The new fleet bakes twice: with some of its instances on, then with all of them, which its current count
    and its message tell, and its weight does not: see the example of a canary's bake in
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html. It decides
    nothing but this word.
    """
    variants = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    for variant in variants:
        for status in variant.get("VariantStatus", []):
            if status["Status"] == "Baking":
                some = variant.get("CurrentInstanceCount", 0) < variant.get("DesiredInstanceCount", 0)
                part = some or PARTIAL in status.get("StatusMessage", "")
                return further(state, CANARY if part else FINAL)
    return state
