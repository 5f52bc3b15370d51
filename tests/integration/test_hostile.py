"""What an attacker or a broken client sends is answered with a 4xx, never with a 500."""

import itertools
from urllib.parse import quote

import pytest

from tests.client import Client, path_to
from tests.raw import ask, head

NASTY = {
    "NUL": "%00",
    "NUL within": "a%00b",
    "a newline": "a%0D%0AX-Evil:%201",
    "not UTF-8": "%FF%FE",
    "a surrogate": "%ED%A0%80",
    "half an escape": "%E",
    "a percent": "%",
    "a huge number": "9" * 400,
    "past 64 bits": str(2**63),
    "past 64 bits downwards": str(-(2**63) - 1),
    "infinity": "1e999",
    "other digits": quote("١٢٣"),
    "a quote": "'",
    "many quotes": "'" * 300,
    "SQL": quote("') OR 1=1; DROP TABLE images; --"),
    "nothing": "",
    "a blank": "%20",
    "format": "{0.__class__}%s%n",
    "right to left": quote("\u202e\ufeff\u2028"),
    "past the BMP": quote("\U0010ffff"),
}
OPTIONS = ["$filter", "$orderby", "$top", "$skip", "$select", "deleted", "$nope", ""]
FILTERS = ["reference eq '{}'", "id eq {}", "createdOn eq {}", "status eq {}", "{} eq 1", "{}"]
TIMES = [
    "0001-01-01T00:00:00%2B23:59",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01",
    "9999-12-31T24:00:00",
    "10000-01-01T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "2024-04-05T08:44:33.123456789Z",
    "20240405T084433",
    "2024-W14-5",
]


async def _sound(
    client: Client, method: str, target: str, *headers: str, body: bytes = b""
) -> None:
    """Ask, and check that the answer is one of the contract's."""
    lines = [*headers, f"Content-Length: {len(body)}"]
    answer = await ask(client.service.port, head(client, f"{method} {target}", *lines) + body)
    assert answer.status < 500, (method, target, answer.body)
    if answer.status >= 400 and method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json", (method, target)
        assert answer.json["status"] == answer.status


@pytest.mark.parametrize("option", OPTIONS)
async def test_no_value_of_an_option_is_a_500(option: str, client: Client) -> None:
    for value in NASTY.values():
        await _sound(client, "GET", f"/images?{option}={value}")
        await _sound(client, "GET", f"/images(a.jpg)?{option}={value}")


async def test_no_name_of_an_option_is_a_500(client: Client) -> None:
    for value in NASTY.values():
        await _sound(client, "GET", f"/images?{value}=1")
        await _sound(client, "DELETE", f"/images(a.jpg)?purge={value}")


async def test_no_filter_is_a_500(client: Client) -> None:
    for form, value in itertools.product(FILTERS, [*NASTY.values(), *TIMES]):
        text = "%20".join(form.split(" ")).format(value)
        await _sound(client, "GET", f"/images?$filter={text}")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
async def test_no_path_is_a_500(method: str, client: Client) -> None:
    templates = [
        "/images({})",
        "/images('{}')",
        "/images({})/reprocess",
        "/images/by-uid/{}/restore",
    ]
    for template, value in itertools.product(
        [*templates, "/cdn/{}", "/ui/{}", "/{}"], NASTY.values()
    ):
        await _sound(client, method, template.replace("{}", value), body=b"{}")


TARGETS = [
    "http://evil.example/images(a.jpg)",
    "https://user:pass@evil.example:99999/images",
    "http://[::1]/images",
    "http://[/images",
    "http://",
    "*",
    "evil.example:443",
    "images(a.jpg)",
    "?$top=1",
    "#fragment",
    "/images#fragment",
    "//evil.example/images(a.jpg)",
    "///images",
    "/images(a.jpg)?",
    "/images(a.jpg);v=1",
    "/../../images",
    "/./images",
    "/cdn/../images",
    "/cdn/demo/../../etc/passwd",
    "/cdn/%2e%2e/%2e%2e/etc/passwd",
    "/cdn/demo//",
    "/images(" + "(" * 1000 + ")" * 1001,
    "/images\\(a.jpg)",
    "/im\u00e4ges",
    "/images(\u00ff\u00fe)",
    "/images(a.jpg)?\u00ff=\u00fe",
    "/cdn/\u00ff",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "CONNECT"])
async def test_no_target_is_a_500(method: str, client: Client) -> None:
    for target in TARGETS:
        await _sound(client, method, target)


HEADERS = {
    "X-API-KEY": ["\u00ff", "ft1_" + "x" * 8000, ""],
    "X-Request-ID": ["\u00ff", "{}", "a" * 8000],
    "If-Match": ["\u00ff", '"', ",,,", f'"{"9" * 400}-a"', "W/"],
    "If-None-Match": ["\u00ff", '"', ",,,"],
    "Range": ["bytes=", "bytes=-", f"bytes={'9' * 400}-", "bytes=5-1", "lines=1-2", "\u00ff"],
    "Content-Type": [
        "\u00ff",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\u00ff",
    ],
    "Content-Encoding": ["gzip", "deflate", "br", "nonsense"],
    "Accept": ["\u00ff", "*/*;q=x"],
    "Host": ["\u00ff", "", "a b", "x:99999"],
    "Expect": ["nonsense", "100-continue, 100-continue"],
    "Transfer-Encoding": ["nonsense"],
    "Cookie": ["\u00ff=\u00fe", "a=" + "b" * 4000],
}


@pytest.mark.parametrize("name", HEADERS)
async def test_no_header_is_a_500(name: str, client: Client) -> None:
    for value in HEADERS[name]:
        for method, target in [("GET", "/images"), ("GET", path_to("a")), ("GET", "/cdn/demo/x")]:
            await _sound(client, method, target, f"{name}: {value}")
        for method, target in [("PUT", path_to("b")), ("PATCH", path_to("b")), ("POST", "/images")]:
            await _sound(client, method, target, f"{name}: {value}", body=b'{"title": "A"}')
