"""What `up` prints can be pasted."""

import subprocess
from pathlib import Path

import pytest

from deploy.embedded.address import Address
from deploy.embedded.banner import STATUS, banner, curl_lines

ANSWER = '{"reference":"my-first-picture","status":"Ok","thumbnailPreviewUrl":"http://h/a_THP.jpg"}'


def test_the_curl_lines_are_for_any_shell() -> None:
    for line in curl_lines("http://127.0.0.1:8080", "key"):
        subprocess.run(["/bin/sh", "-n", "-c", line], check=True)
        assert line.count("\n") == 0


@pytest.mark.parametrize("answer", [ANSWER, ANSWER.replace('":"', '": "')])
def test_the_status_is_read_without_a_json_tool(answer: str) -> None:
    read = subprocess.run(
        ["/bin/sh", "-c", STATUS], input=answer.encode(), capture_output=True, check=True
    )
    assert read.stdout.strip() == b"Ok"


def test_the_banner_names_what_a_reader_needs() -> None:
    text = banner("http://127.0.0.1:8081", "ft1_key", Path("/d/demo.key"), "Ctrl-C stops it.")
    for needed in ("http://127.0.0.1:8081/ui/", "ft1_key", "/d/demo.key", "Ctrl-C stops it."):
        assert needed in text


def test_a_service_that_listens_everywhere_is_reached_on_loopback() -> None:
    everywhere = Address("0.0.0.0", 8080)  # noqa: S104 -- told, not bound
    assert everywhere.environment()["FOTOTECA_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert Address("::1", 8080).url == "http://[::1]:8080"
