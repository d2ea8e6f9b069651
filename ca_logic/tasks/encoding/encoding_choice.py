"""How columns become bits, in words that people write: `one-hot`, `uniform:3`, `distributive:16`, `intervals:21,30`."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown

Method = Literal["auto", "one-hot", "ordinal", "uniform", "distributive", "thresholds", "intervals", "difflogic"]

MAX_THRESHOLDS = 1024
"""More for a column are refused."""

_USAGE = (
    "choose auto, one-hot, ordinal, uniform:N, distributive:N, thresholds:NUMBERS, intervals:NUMBERS, difflogic or "
    "difflogic:N"
)


@dataclass(frozen=True)
class EncodingChoice:
    """What is made of a column, or of all.

    Attributes:
        method: `auto` decides by the column. `one-hot` has a bit for each value. `ordinal` is a
            thermometer of ordered categories. `uniform` and `distributive` are
            thermometers: their thresholds lie at equal distances between the least value and the greatest, or between 0
            and 255 for a pixel, or have equally many samples between them. `thresholds` and `intervals` are where the
            user wants them. `difflogic` is what difflogic's experiments do.
        count: how many thresholds; None if the method has no such number.
        values: the thresholds, in ascending order.
    """

    method: Method
    count: int | None = None
    values: tuple[float, ...] = ()


def parse_encoding(text: str) -> EncodingChoice:
    """Returns the choice that a text names.

    Raises:
        UsageError: if it names none.
    """
    match text.split(":"):
        case [("auto" | "one-hot" | "ordinal" | "difflogic") as method]:
            return EncodingChoice(method)
        case [("uniform" | "distributive" | "difflogic") as method, digits]:
            if re.fullmatch("[0-9]{1,9}", digits) and 1 <= int(digits) <= MAX_THRESHOLDS:
                return EncodingChoice(method, int(digits))
            raise UsageError(f"{shown(text)} must have from 1 to {MAX_THRESHOLDS} thresholds, as in {method}:3.")
        case [("thresholds" | "intervals") as method, numbers]:
            return EncodingChoice(method, None, _values(text, numbers))
    raise UsageError(f"unknown encoding {shown(text)}; {_USAGE}.")


def _values(text: str, numbers: str) -> tuple[float, ...]:
    try:
        values = tuple(sorted({float(number) for number in numbers.split(",")}))
    except ValueError:
        raise UsageError(f"{shown(text)} must name numbers between commas, as in thresholds:21,30.") from None
    if not all(map(math.isfinite, values)) or len(values) > MAX_THRESHOLDS:
        raise UsageError(f"{shown(text)} must name at most {MAX_THRESHOLDS} finite numbers.")
    return values
