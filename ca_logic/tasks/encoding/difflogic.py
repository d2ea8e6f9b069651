"""The encodings of difflogic's experiments, bit for bit and in their order.

Source: F. Petersen, difflogic, `experiments/main.py` and `experiments/uci_datasets.py`. Two things differ. Its code
forgets the hours per week of Adult: it compares where it means to assign, so that those six bits are always 0; here
they are what was meant. And it trains on grey images as they are and rounds them when it tests; here they are rounded
always.
"""

from ca_logic.errors import UsageError
from ca_logic.tasks.datasets.data_set import MISSING, DataSet
from ca_logic.tasks.encoding.comparisons import Comparisons
from ca_logic.tasks.encoding.encoder import Encoder
from ca_logic.tasks.encoding.thermometer import pixel_thresholds

_GREY_THRESHOLDS, _COLOUR_THRESHOLDS = 1, 3
_ADULT_CATEGORIES = (
    "workclass",
    "education",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "native-country",
)
_ADULT_INTERVALS = {
    "age": (21, 30, 45, 60),
    "capital-gain": (1, 5000),
    "capital-loss": (1, 5000),
    "hours-per-week": (1, 13, 26, 41, 60),
}
_ALL_CATEGORIES = ("breast-cancer", "monk1", "monk2", "monk3")


def difflogic_encoder(data: DataSet, num_thresholds: int | None = None) -> Encoder:
    """Returns the encoder that difflogic uses for a data set; nothing is fitted.

    Args:
        data: Adult, breast cancer, one of MONK's problems, or images of pixels.
        num_thresholds: of a pixel; by default 1 of grey images and 3 of those in colour.

    Raises:
        UsageError: if difflogic has none for it.
    """
    bits = Comparisons(data.columns)
    if data.image_shape is not None and data.columns[0].kind == "pixel":
        default = _COLOUR_THRESHOLDS if data.image_shape[0] > 1 else _GREY_THRESHOLDS
        # All pixels at the first threshold, then all at the second.
        for threshold in pixel_thresholds(num_thresholds or default).tolist():
            for place in range(len(data.columns)):
                bits.add_thresholds(place, [threshold])
        return bits.encoder()
    places = {column.name: place for place, column in enumerate(data.columns)}
    is_adult = data.name == "adult"
    if num_thresholds or not (is_adult or data.name in _ALL_CATEGORIES):
        raise UsageError(f"difflogic has no such encoding of {data.name}; choose auto, or another.")
    for name in _ADULT_CATEGORIES if is_adult else places:
        categories = data.columns[places[name]].categories
        bits.add_one_hot(places[name], [code for code, text in enumerate(categories) if text != MISSING])
    for name, ends in _ADULT_INTERVALS.items() if is_adult else ():
        bits.add_intervals(places[name], ends)
    return bits.encoder()
