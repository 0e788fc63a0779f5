"""What the model sees of an hour. Training and serving compute it here, with numpy alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Vocabulary = Mapping[str, Sequence[str]]  # the values of each category, as training saw them

NUMBERS = (
    "hour",
    "weekday",  # 1 is Monday
    "holiday",
    "working_day",
    "temperature",  # degrees Celsius
    "humidity",  # percent
    "wind_speed",  # kilometres per hour
)
CATEGORIES = ("weather",)
COLUMNS = NUMBERS + CATEGORIES  # the order of the matrix, and of a CSV row without a header

UNSEEN = -1  # the code of a value that training did not see


def matrix(columns: Mapping[str, Sequence[Any]], vocabulary: Vocabulary) -> Matrix:
    """One row per hour, one column per name in COLUMNS: [n, 8], float32; None becomes NaN."""
    numbers = [np.array(columns[name], dtype=np.float32) for name in NUMBERS]
    categories = [encode(columns[name], vocabulary[name]) for name in CATEGORIES]
    return np.column_stack(numbers + categories)


def encode(values: Sequence[str | None], known: Sequence[str]) -> Matrix:
    """The place of each value among the known ones; None becomes NaN."""
    codes: dict[str | None, float] = {value: code for code, value in enumerate(known)}
    codes[None] = np.nan
    return np.array([codes.get(value, UNSEEN) for value in values], dtype=np.float32)
