"""The image is built from what the repository lets into its build, and from all of that."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_the_image_copies_is_what_its_build_is_given() -> None:
    instructions = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    copied = {
        source
        for line in instructions
        if line.startswith("COPY ") and "--from=" not in line
        for source in line.split()[1:-1]
    }
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied == {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
