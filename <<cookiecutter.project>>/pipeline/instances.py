"""What the name of an instance type says about it.

https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html has the naming, and the pages
beside it the numbers of cores and the local disks.
"""

import re

NAME = re.compile(r"ml\.([a-z]+\d+)([a-z]*(?:-[a-z]+\d*)?)\.(?:(\d*)(xlarge)|(large|medium))")
CORES = {"large": 2, "medium": 1}
XLARGE = 4  # cores; 2xlarge has twice as many
UNLIKE = {"ml.t2.medium": 2, "ml.c4.8xlarge": 36}
# families with local NVMe disks that do not say so by a `d` after their generation
DISKS = frozenset({"dl1", "g5", "g6", "g7", "i3", "i4i", "p5", "p6", "trn1", "trn2"})


def known(instance_type: str) -> bool:
    """Whether the name can be read."""
    return NAME.fullmatch(instance_type) is not None


def cores(instance_type: str) -> int:
    """How many virtual cores it has. Raises ValueError for a name that cannot be read."""
    found = _parts(instance_type)
    if instance_type in UNLIKE:
        return UNLIKE[instance_type]
    return int(found[3] or 1) * XLARGE if found[4] else CORES[found[5]]


def local_disks(instance_type: str) -> bool:
    """Whether it has NVMe disks of its own, encrypted by their hardware, for which AWS takes no volume key.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html, VolumeKmsKeyId.
    Raises ValueError for a name that cannot be read.
    """
    family, suffix = _parts(instance_type).groups()[:2]
    return "d" in suffix or family in DISKS


def _parts(instance_type: str) -> re.Match[str]:
    found = NAME.fullmatch(instance_type)
    if found is None:
        raise ValueError(f"{instance_type} is no instance type such as ml.m5.large")
    return found
