"""What the tests of the pipeline share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from worker.imaging.pipeline import BadPicture, Picture, Recipe, make_thumbnails

Make = Callable[..., Picture]
Refuse = Callable[..., BadPicture]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Run the pipeline over bytes, in this process."""

    def run(data: bytes, recipe: Recipe | None = None) -> Picture:
        source = tmp_path / "source"
        source.write_bytes(data)
        return make_thumbnails(source, tmp_path, recipe or Recipe())

    return run


@pytest.fixture
def refuse(make: Make, tmp_path: Path) -> Refuse:
    """Run the pipeline over bytes that it must refuse, leaving nothing; return the verdict."""

    def run(data: bytes, recipe: Recipe | None = None) -> BadPicture:
        before = {*tmp_path.iterdir(), tmp_path / "source"}
        with pytest.raises(BadPicture) as caught:
            make(data, recipe)
        assert set(tmp_path.iterdir()) == before
        assert caught.value.detail.endswith(".")
        return caught.value

    return run
