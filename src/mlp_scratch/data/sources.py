"""Where the published data sets can be had, and how their contents are known to be right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remote:
    """A file on the web: its mirrors in order of preference, and what is known of it.

    ``sha256`` is that of the file as it comes, ``content_sha256`` that of its gunzipped contents.
    """

    file: str
    mirrors: tuple[str, ...]
    size: int  # bytes, or the most that will be accepted where it is not exact
    sha256: str | None = None
    content_sha256: str | None = None


_MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
_FASHION = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
_CIFAR = (
    "https://www.cs.toronto.edu/~kriz/",
    "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
)

SOURCES: dict[str, list[Remote]] = {}
