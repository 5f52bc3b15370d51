"""The public corpora beside the checkout: the PNG suite, and photographs in all orientations."""

from pathlib import Path

import pytest
from PIL import Image, ImageStat

from tests.unit.imaging.charts import difference
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.headers import dimensions
from tests.unit.imaging.profiles import encode_srgb
from tests.unit.imaging.vips import by_vips
from worker.imaging.pipeline import Recipe

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
SMALL_THM = Recipe((10, 20, 9999))

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


def png_suite(pattern: str) -> dict[str, bytes]:
    files = sorted((CORPUS / "pngsuite").glob(pattern))
    assert files
    return {path.name: path.read_bytes() for path in files}


def gamma_of(data: bytes) -> float:
    """Read gAMA, which libvips does not apply; 1/2.2 stands for sRGB."""
    at = data.find(b"gAMA")
    return int.from_bytes(data[at + 4 : at + 8], "big") / 100_000 if at > 0 else 1 / 2.2


def test_every_sound_file_of_the_png_suite_looks_as_another_decoder_shows_it(make: Make) -> None:
    for name, data in png_suite("[!x]*.png").items():
        picture = make(data, SMALL_THM)
        assert (picture.width, picture.height) == dimensions(data), name
        expected, gamma = by_vips(data), gamma_of(data)
        if abs(gamma * 2.2 - 1) > 0.05:
            table = [encode_srgb((sample / 255) ** (1 / gamma)) for sample in range(256)]
            *colors, alpha = expected.split()
            colors = [band.point(table) for band in colors]
            expected = Image.merge("RGBA", [*colors, alpha])
        with Image.open(picture.renditions[2].path) as made:
            mean, furthest = difference(made, expected)
        # Where 16 bits become 8 before a steep curve, or alpha weighs colors, a step is lost.
        assert mean <= 1.2, (name, mean)
        assert furthest <= (12 if gamma > 0.9 else 3), (name, furthest)


def test_every_broken_file_of_the_png_suite_is_corrupt(refuse: Refuse) -> None:
    broken = png_suite("x*.png")
    assert {name: refuse(data).reason for name, data in broken.items()} == dict.fromkeys(
        broken, "corrupt"
    )


@pytest.mark.parametrize(
    ("name", "size"), [("Landscape", (1800, 1200)), ("Portrait", (1200, 1800))]
)
def test_every_orientation_of_a_photograph_looks_as_another_decoder_shows_it(
    name: str, size: tuple[int, int], make: Make
) -> None:
    files = sorted((CORPUS / "orientation").glob(f"{name}_*.jpg"))
    assert len(files) == 9
    for path in files:
        data = path.read_bytes()
        picture = make(data, Recipe(quality=95))
        assert (picture.width, picture.height) == size, path.name
        for rendition in picture.renditions[: len(Recipe().sizes_px)]:  # the square is cut out
            with Image.open(rendition.path) as made:
                reference = by_vips(data).convert("RGB").resize(made.size, Image.Resampling.LANCZOS)
                mean, _ = difference(made, reference)
                assert mean < 5, (path.name, rendition.suffix, mean)
                assert max(ImageStat.Stat(made).stddev) > 20
