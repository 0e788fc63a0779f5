"""Which differences are no drift: what a release changes for a while, and puts back itself. Pure.

What a release changes for good, Pulumi ignores: infra/service/endpoint.py.
"""

from pipeline.stack.steps import Step

TARGET = "aws:appautoscaling/target:Target"
RAISED = "minCapacity"


def under_way(step: Step) -> bool:
    """Whether a release has raised the least capacity for its bake; it or `pipeline reconcile` lowers it."""
    if step.operation != "update" or step.type != TARGET:
        return False
    return (
        bool(step.changes)
        and not step.hidden
        and all(path == RAISED and int(old) > int(new) for path, old, new in step.changes)
    )
