"""The table of kinds: Pulumi type → AWS calls, in one file per family of services."""

from collections.abc import Mapping

from sandbox.stacks.kind import Kind
from sandbox.stacks.kinds import access, images, machines, observing, storage

KINDS: Mapping[str, Kind] = {**access.KINDS, **images.KINDS, **machines.KINDS, **observing.KINDS, **storage.KINDS}
