"""What `up` prints once everything runs: addresses, the demo key, three lines to paste."""

from pathlib import Path

REFERENCE = "my-first-picture"
STATUS = r"""sed -n 's/.*"status": *"\([A-Za-z]*\)".*/\1/p'"""
PREVIEW = r"""sed -n 's/.*"thumbnailPreviewUrl": *"\([^"]*\)".*/\1/p'"""

TEXT = """
Fototeca is running.

  Gallery   {url}/ui/#key={key}
  API       {url}/images
  Health    {url}/readyz
  Demo key  {key}
            kept in {key_file}

Upload a picture of yours (its path after FILE=), wait until it is Ok, download its preview:

{upload}
{wait}
{download}

{ending}"""

BARE = """
Fototeca is running, without a tenant.

  API       {url}/images
  Health    {url}/readyz

`fototeca restore DIR` fills it from a backup; `fototeca tenant create NAME` begins a new library.

{ending}"""


def bare_banner(url: str, ending: str) -> str:
    """Give the text for a stack that has no demo tenant."""
    return BARE.format(url=url, ending=ending)


def banner(url: str, key: str, key_file: Path, ending: str) -> str:
    """Give the text; `ending` tells how to stop what runs."""
    upload, wait, download = curl_lines(url, key)
    return TEXT.format(
        url=url,
        key=key,
        key_file=key_file,
        upload=upload,
        wait=wait,
        download=download,
        ending=ending,
    )


def curl_lines(url: str, key: str) -> tuple[str, str, str]:
    """Give three lines for any POSIX shell: upload, wait until Ok (or Er), download."""
    image = f"-H 'X-API-KEY: {key}' '{url}/images({REFERENCE})'"
    poll = f"curl -gsS {image}"
    read_status = f"STATUS=$({poll} | {STATUS})"
    is_final = '[ "$STATUS" = Ok ] || [ "$STATUS" = Er ] || [ -z "$STATUS" ]'
    return (
        f"FILE='photo.jpg'; curl -gsS -w '\\n' -T \"$FILE\" {image}",
        f'until {read_status}; echo "$STATUS"; {is_final}; do sleep 1; done',
        f"curl -gsSO -w '%{{filename_effective}}\\n' \"$({poll} | {PREVIEW})\"",
    )
