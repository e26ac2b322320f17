"""Where the published data sets can be had, and by which checksums their contents are known.

MNIST: SHA-256 of the gunzipped files, which is the same for every mirror and every gzip level.
Fashion-MNIST: SHA-256 of the .gz files as published in Keras (keras.datasets.fashion_mnist), and of
what is in them, for those that others packed anew; MD5 of the former stand in the authors' README.
CIFAR-10: SHA-256 as public repositories have it; the author's page gives size and MD5
(c32a1d4ab5d03f1284b67883e8d87530) of the same file.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remote:
    """A file on the web, at ``mirror + file`` for each mirror, the preferred one first."""

    file: str
    mirrors: tuple[str, ...]
    max_bytes: int  # a download is cut off here
    sha256: str | None = None  # of the file as it comes
    content_sha256: str | None = None  # of what gunzip makes of it


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
_IDX_FILES = (
    ("train-images-idx3-ubyte.gz", 40 << 20),
    ("train-labels-idx1-ubyte.gz", 1 << 20),
    ("t10k-images-idx3-ubyte.gz", 8 << 20),
    ("t10k-labels-idx1-ubyte.gz", 1 << 20),
)
_MNIST_CONTENT = (
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
_FASHION_CONTENT = (
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
)
_FASHION_FILES = (
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
)

SOURCES: dict[str, list[Remote]] = {
    "mnist": [
        Remote(file, _MNIST, size, content_sha256=sha)
        for (file, size), sha in zip(_IDX_FILES, _MNIST_CONTENT, strict=True)
    ],
    "fashion_mnist": [
        Remote(file, _FASHION, size, sha256=sha, content_sha256=inside)
        for (file, size), sha, inside in zip(
            _IDX_FILES, _FASHION_FILES, _FASHION_CONTENT, strict=True
        )
    ],
    "cifar10": [
        Remote(
            "cifar-10-binary.tar.gz",
            _CIFAR,
            max_bytes=200 << 20,
            sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )
    ],
}
