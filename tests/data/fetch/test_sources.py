"""Where published files come from, and what they contain."""

import re

import pytest

from mlp_scratch.data.fetch.sources import SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_every_published_file_has_mirrors_and_a_checksum(name: str) -> None:
    for remote in SOURCES[name]:
        assert len(remote.mirrors) >= 2
        assert all(re.fullmatch(r"https?://[\w.-]+/([\w.~-]+/)*", url) for url in remote.mirrors)
        assert re.fullmatch(r"[0-9a-f]{64}", remote.sha256 or remote.content_sha256 or "")
