"""Small models made by hand: flowers by two thresholds, a table with categories, images; and random ones."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit import CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum, group_sum
from ca_logic.gates import Gate
from ca_logic.runtime.classifier import ORIGINS, SPLIT, ClassifierModel, SplitChoice, TrainedArrays, origins_of
from ca_logic.tasks.datasets import Column, DataSet, load_data_set, read_data_file
from ca_logic.tasks.datasets.digits import pixel_columns
from ca_logic.tasks.encoding import Encoder, fit_encoder
from tests.backend.classifier.classifiers import classifiers, pixel_encoder

WEATHER = """\
outlook,temperature,windy,play
sunny,30,no,no
sunny,21,yes,yes
rain,18,no,yes
rain,12,yes,no
overcast,25,no,yes
overcast,16,yes,yes
sunny,28,yes,no
rain,20,no,yes
"""

CHOICE = SplitChoice(seed=3)

NETWORK = TrainedArrays({"layers": [4, 4], "tau": 0.5}, {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3)})


def iris_model(*, name: str = "flowers", network: TrainedArrays | None = None) -> ClassifierModel:
    """Returns a classifier of iris: two thresholds on petals, found in the training part."""
    data = load_data_set("iris")
    encoder = fit_encoder(CHOICE.split(data))
    builder = CircuitBuilder(encoder.names, name="iris")
    long = 1 + nearest_bit(encoder, 2, 2.6)
    wide = 1 + nearest_bit(encoder, 3, 1.7)
    head = group_sum(
        builder.build(
            {
                "setosa": builder.negate(long),
                "versicolor": builder.add(Gate.A_AND_NOT_B, long, wide),
                "virginica": builder.add(Gate.AND, long, wide),
            }
        ),
        3,
    )
    return ClassifierModel(
        name=name,
        columns=data.columns,
        classes=data.classes,
        encoder=encoder,
        head=head,
        tau=1.5,
        target="species",
        data_set="iris",
        provenance={
            "command": "learn iris --seed 3 --data /home/somebody/data",
            "seed": 3,
            "figures": {"test_accuracy": 0.95},
            ORIGINS: origins_of(data),
            SPLIT: CHOICE.to_plain(),
        },
        network=network,
    )


def nearest_bit(encoder: Encoder, feature: int, threshold: float) -> int:
    """Returns the bit of a feature whose threshold is nearest."""
    return int(np.argmin(np.where(encoder.features == feature, abs(encoder.lows - threshold), np.inf)))


def weather_data(folder: Path) -> tuple[DataSet, Path]:
    """Writes and reads a table of categories and a number."""
    path = folder / "weather.csv"
    path.write_text(WEATHER, encoding="utf-8")
    return read_data_file(path, target="play"), path


def weather_model(data: DataSet) -> ClassifierModel:
    """Returns a classifier that says yes where it is overcast, or colder than 26 degrees."""
    split = SplitChoice(validation=0, test=0.25).split(data)
    encoder = fit_encoder(split, "one-hot", columns={"temperature": "thresholds:26"})
    builder = CircuitBuilder(encoder.names, name="weather")
    overcast = 1 + next(k for k, name in enumerate(encoder.names) if "overcast" in name)
    hot = 1 + next(k for k, name in enumerate(encoder.names) if name.startswith("temperature"))
    yes = builder.add(Gate.A_OR_NOT_B, overcast, hot)
    head = group_sum(builder.build({"no": builder.negate(yes), "yes": yes}), 2)
    return ClassifierModel(
        name="weather",
        columns=data.columns,
        classes=data.classes,
        encoder=encoder,
        head=head,
        tau=1,
        target="play",
        data_set=data.name,
        missing="refuse",
        provenance={
            ORIGINS: origins_of(data),
            SPLIT: SplitChoice(validation=0, test=0.25).to_plain(),
        },
    )


def image_model(shape: tuple[int, int, int] = (1, 4, 4)) -> ClassifierModel:
    """Returns a classifier of images: which of the first two pixels is bright."""
    num_pixels = int(np.prod(shape))
    builder = CircuitBuilder([f"p{k}" for k in range(num_pixels)], name="images")
    head = group_sum(
        builder.build({"left": builder.add(Gate.A, 1, 1), "right": builder.add(Gate.A_AND_NOT_B, 2, 1)}), 2
    )
    return ClassifierModel(
        name="images",
        columns=pixel_columns(*shape),
        classes=("left", "right"),
        encoder=pixel_encoder(num_pixels),
        head=head,
        tau=1,
        image_shape=shape,
    )


def model_of(encoder: Encoder, head: GroupSum, network: TrainedArrays | None = None) -> ClassifierModel:
    """Returns a model around any classifier."""
    return ClassifierModel(
        name="random",
        columns=tuple(Column(f"c{k}", "number") for k in range(encoder.num_features)),
        classes=tuple(f"class {k}" for k in range(head.num_classes)),
        encoder=encoder,
        head=head,
        tau=0.1,
        network=network,
    )


@st.composite
def models(draw: st.DrawFn) -> ClassifierModel:
    """Any model, with a network of arrays or without."""
    encoder, head = draw(classifiers().filter(lambda pair: pair[0].num_bits > 0))
    network = None
    if draw(st.booleans()):
        shape = draw(st.lists(st.integers(0, 3), max_size=3))
        dtype = draw(st.sampled_from(["float32", ">f4", "int64", "bool", "uint8", "float16"]))
        network = TrainedArrays({"layers": [2, 3]}, {"weights": np.ones(shape, dtype), "": np.arange(3.0)})
    return model_of(encoder, head, network)
