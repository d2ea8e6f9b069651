"""The data sets that are known by name: their files, homes and checksums, who reads them, and whom to cite."""

import dataclasses
import difflib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown
from ca_logic.tasks.datasets.cifar import read_cifar, read_jpeg_copy
from ca_logic.tasks.datasets.data_set import DataSet, Provenance, drop_incomplete, require_two_classes
from ca_logic.tasks.datasets.digits import CLOTHES, read_cropped_digits, read_digits
from ca_logic.tasks.datasets.fetching import OnProgress, OnWarning, say_nothing
from ca_logic.tasks.datasets.idx import idx_size
from ca_logic.tasks.datasets.published_file import PublishedFile
from ca_logic.tasks.datasets.source import ReadFile, Source
from ca_logic.tasks.datasets.uci import read_adult, read_breast_cancer, read_iris, read_monk


@dataclass(frozen=True)
class KnownDataSet:
    """A data set that is published.

    Attributes:
        name: what it is asked for by.
        title: what it is about, in one line.
        files: all that it consists of.
        folders: in which folders the files may lie; the first names that in the cache.
        read: makes samples of the name and the contents of the files.
        reference: who is to be cited.
        license: under what terms it is published.
        encoding: what is made of its columns by default.
        read_copy: reads another edition, if the source has one and not the published files.
    """

    name: str
    title: str
    files: tuple[PublishedFile, ...]
    folders: tuple[str, ...]
    read: Callable[[str, Sequence[ReadFile]], DataSet]
    reference: str
    license: str
    encoding: str = "auto"
    read_copy: Callable[[Source], DataSet | None] | None = None


def load_data_set(
    name: str,
    *,
    folder: Path | None = None,
    missing: Literal["keep", "drop"] = "keep",
    on_progress: OnProgress = say_nothing,
    on_warning: OnWarning = say_nothing,
) -> DataSet:
    """Returns a data set by its name, fetched into the user's cache unless it is there or a folder is named.

    Args:
        name: one of `DATA_SETS`.
        folder: where its files are, in a folder named after it or all in one; then nothing is fetched. The small ones
            are part of the package and need neither.
        missing: what becomes of samples that lack something: in `adult` and `breast-cancer` `keep` makes `?` a
            category like others; `drop` leaves them out, in the test part too, as difflogic does.
        on_progress: called with the name of a file, how many bytes of it have come, and of how many.
        on_warning: told of files that were wrong and are fetched again.

    Raises:
        UsageError: if there is no such data set.
        DataError: if its files are not to be had, or not what was published.
        OutputError: if the cache cannot be written.
    """
    known = find_data_set(name)
    source = Source(folder, on_progress, on_warning)
    has_files = any(True for file in known.files for _ in source.paths(file.name, known.folders))
    data = known.read_copy(source) if known.read_copy and not has_files else None
    if data is None:
        files = [source.read(file, known.folders) for file in known.files]
        origins = Provenance(tuple(file.origin for file in files))
        data = dataclasses.replace(known.read(known.name, files), provenance=origins)
    provenance = dataclasses.replace(data.provenance, reference=known.reference, license=known.license)
    data = dataclasses.replace(data, encoding=known.encoding, provenance=provenance)
    if missing == "drop" and data.image_shape is None:
        data = drop_incomplete(data)
    return require_two_classes(data)


def find_data_set(name: str) -> KnownDataSet:
    """Returns what is known of a data set.

    Raises:
        UsageError: if nothing is.
    """
    if name in DATA_SETS:
        return DATA_SETS[name]
    close = difflib.get_close_matches(name.lower(), DATA_SETS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(DATA_SETS)}."
    raise UsageError(f"unknown data set {shown(name)}; {hint}")


_UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases"
_UCI_LICENSE = "CC BY 4.0"


def _uci_file(folder: str, name: str, md5: str) -> PublishedFile:
    return PublishedFile(name, md5, (f"{_UCI}/{folder}/",))


def _idx_files(homes: tuple[str, ...], *checksums: tuple[str, str]) -> tuple[PublishedFile, ...]:
    """Returns the files of images and labels; a pair of checksums is of the compressed file and of its content."""
    shapes = {
        "train-images-idx3-ubyte.gz": (60_000, 28, 28),
        "train-labels-idx1-ubyte.gz": (60_000,),
        "t10k-images-idx3-ubyte.gz": (10_000, 28, 28),
        "t10k-labels-idx1-ubyte.gz": (10_000,),
    }
    return tuple(
        PublishedFile(name, md5, homes, content_md5, content_size=idx_size(shape))
        for (name, shape), (md5, content_md5) in zip(shapes.items(), checksums, strict=True)
    )


def _monk(number: int, title: str, train_md5: str, test_md5: str) -> KnownDataSet:
    return KnownDataSet(
        name=f"monk{number}",
        title=f"MONK's problem {number}: {title}; 432 robots of six attributes",
        files=(
            _uci_file("monks-problems", f"monks-{number}.train", train_md5),
            _uci_file("monks-problems", f"monks-{number}.test", test_md5),
        ),
        folders=("uci", "monks-problems"),
        read=read_monk,
        reference='S. B. Thrun et al., "The MONK\'s Problems", CMU-CS-91-197, 1991',
        license=_UCI_LICENSE,
    )


_MNIST = KnownDataSet(
    name="mnist",
    title="handwritten digits, grey images of 28x28",
    files=_idx_files(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
        ("d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
        ("9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
        ("ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637"),
    ),
    folders=("mnist", "MNIST/raw"),
    read=read_digits,
    reference='Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998',
    license="CC BY-SA 3.0",
    encoding="uniform:3",
)

_KNOWN = (
    KnownDataSet(
        name="adult",
        title="who earns more than 50,000 dollars, census of 1994",
        files=(
            _uci_file("adult", "adult.data", "5d7c39d7b8804f071cdd1f2a7c460872"),
            _uci_file("adult", "adult.test", "35238206dfdf7f1fe215bbb874adecdc"),
        ),
        folders=("uci", "adult"),
        read=read_adult,
        reference="B. Becker, R. Kohavi, Adult, UCI Machine Learning Repository, 1996, doi:10.24432/C5XW20",
        license=_UCI_LICENSE,
    ),
    KnownDataSet(
        name="breast-cancer",
        title="breast cancer that came back or did not, Ljubljana",
        files=(_uci_file("breast-cancer", "breast-cancer.data", "d887db31e2b99e39c4b7fc79d2f36a3a"),),
        folders=("uci", "breast-cancer"),
        read=read_breast_cancer,
        reference="M. Zwitter, M. Soklic, Breast Cancer, UCI Machine Learning Repository, 1988, doi:10.24432/C51P4M",
        license=_UCI_LICENSE,
    ),
    _monk(1, "a1 = a2 or a5 = 1", "fc1fc3a673e00908325c67cf16283335", "de4255acb72fb29be5125a7c874e28a0"),
    _monk(
        2,
        "exactly two of the attributes are 1",
        "f109ee3f95805745af6cdff06d6fbc94",
        "106cb9049ba5ccd7969a0bd5ff19681d",
    ),
    _monk(
        3,
        "a5 = 3 and a4 = 1, or a5 < 4 and a2 < 3, with wrong labels in the training part",
        "613e44dbb8ffdf54d364bd91e4e74afd",
        "46815731e31c07f89422cf60de8738e7",
    ),
    KnownDataSet(
        name="iris",
        title="three species of iris by sepals and petals, UCI's variant",
        files=(_uci_file("iris", "iris.data", "42615765a885ddf54427f12c34a0a070"),),
        folders=("uci", "iris"),
        read=read_iris,
        reference="R. A. Fisher, Iris, UCI Machine Learning Repository, 1936, doi:10.24432/C56C76",
        license=_UCI_LICENSE,
    ),
    _MNIST,
    dataclasses.replace(
        _MNIST,
        name="mnist20x20",
        title="handwritten digits without their borders, grey images of 20x20",
        read=read_cropped_digits,
    ),
    KnownDataSet(
        name="fashion-mnist",
        title="clothes, grey images of 28x28",
        files=_idx_files(
            (
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ),
            ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
            ("25c81989df183df01b3e8a0aad5dffbe", "9018921c3c673c538a1fc5bad174d6f9"),
            ("bef4ecab320f06d8554ea6380940ec79", "8181f5470baa50b63fa0f6fddb340f0a"),
            ("bb300cfdad3c16e7a12a480ee83cd310", "15d484375f8d13e6eb1aabb0c3f46965"),
        ),
        folders=("fashion-mnist", "FashionMNIST/raw"),
        read=functools.partial(read_digits, classes=CLOTHES),
        reference='H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747, 2017',
        license="MIT",
        encoding="distributive:3",
    ),
    KnownDataSet(
        name="cifar-10",
        title="ten kinds of things, colour images of 32x32",
        files=(
            PublishedFile(
                "cifar-10-binary.tar.gz",
                "c32a1d4ab5d03f1284b67883e8d87530",
                ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
            ),
        ),
        folders=("cifar-10",),
        read=read_cifar,
        reference='A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
        license="not stated",
        encoding="uniform:3",
        read_copy=read_jpeg_copy,
    ),
)

DATA_SETS = {known.name: known for known in _KNOWN}
"""The data sets by their names."""
