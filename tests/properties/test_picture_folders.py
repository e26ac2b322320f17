"""Whatever bytes one picture of a folder holds, the others are read: with it, or without it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from test_pictures import limits, mangled

from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.errors import DataError

FEW, MANY = 40, 1_000


def any_folder(folder: Path, examples: int) -> None:
    for name, level in (("a", 10), ("b", 20)):
        (folder / name).mkdir()
        Image.new("L", (9, 9), level).save(folder / name / "1.png")
    strange = folder / "b" / "2.png"
    seen = {2: 0, 3: 0}

    @limits(examples)
    @given(mangled() | st.binary(max_size=200), st.sampled_from([None, 5]))
    def check(raw: bytes, size: int | None) -> None:
        strange.write_bytes(raw)
        data = load_dataset(
            "folder",
            dir=folder,
            path=folder,
            cache_dir=None,
            pictures=PictureReading(image_size=size),
        )
        seen[len(data.x_train)] += 1
        assert data.class_names == ("a", "b")
        assert {10, 20} <= set(data.x_train[:, 0].tolist())
        assert ("broken" in data.source) == (len(data.x_train) == 2)
        assert all(len(note.splitlines()) == 1 for note in data.notes)
        if len(data.x_train) == 2:
            with pytest.raises(DataError, match=r"b/2\.png"):
                load_dataset(
                    "folder",
                    dir=folder,
                    path=folder,
                    cache_dir=None,
                    pictures=PictureReading(broken="refuse"),
                )

    check()
    assert min(seen.values()) > examples // 10, seen


def test_any_picture_of_a_folder(tmp_path: Path) -> None:
    any_folder(tmp_path, FEW)


@pytest.mark.marathon
@pytest.mark.slow
def test_any_picture_of_a_folder_many(tmp_path: Path) -> None:
    any_folder(tmp_path, MANY)
