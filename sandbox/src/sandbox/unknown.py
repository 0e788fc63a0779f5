"""A value that a preview does not know yet, such as the ARN of a key that is still to be made."""

from typing import Any


class Unknown:
    """Stands for any value in a request that is checked and not made. A block of it is as unknown."""

    def get(self, *_: Any) -> "Unknown":
        """Any member: how JMESPath looks into a block."""
        return self


UNKNOWN = Unknown()
