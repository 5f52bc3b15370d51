"""PATCH: what people write about an image, and its name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.domain.image import Role
from tests.backstage import job_of, stalled_at
from tests.client import (
    URL_FIELDS,
    Answer,
    Client,
    assert_problem,
    make_client,
    path_to,
    picture,
)
from worker.settings import Parts


async def _patch(client: Client, body: Any, reference: str = "a.jpg") -> Answer:
    path = path_to(reference) + "?$select=*,title,alt,caption,gravity"
    return await client.call("PATCH", path, json=body)


@pytest.fixture
async def shown(client: Client, parts: Parts) -> Client:
    """A tenant with one image, `a.jpg`, that is Ok."""
    await client.put_ok(parts, "a.jpg", picture())
    return client


EDITS: list[tuple[str, Any, Any]] = [
    ("tags", ["animales", "mascotas"], ["animales", "mascotas"]),
    ("tags", [" a ", "a", "e\u0301"], ["a", "é"]),
    ("tags", [], []),
    ("tags", {"add": ["x", "e\u0301", "x"]}, ["x", "é"]),
    ("tags", {"add": ["z"], "remove": ["x", "w"]}, ["é", "z"]),
    ("tags", {"remove": ["é"]}, ["z"]),
    ("tags", ["t" * 100] * 101, ["t" * 100]),
    ("title", "Ein Hund", "Ein Hund"),
    ("title", "", ""),
    ("title", None, None),
    ("alt", "<b>漢</b> 🖼", "<b>漢</b> 🖼"),
    ("caption", "two\nlines\tand a tab", "two\nlines\tand a tab"),
    ("caption", "c" * 10_000, "c" * 10_000),
]


async def test_every_field_is_kept_as_written(shown: Client) -> None:
    for field, given, kept in EDITS:
        answer = await _patch(shown, {field: given})
        assert answer.status == 200, answer.body
        assert answer.json[field] == kept
        assert (await shown.get("a.jpg", f"?$select={field}")).json == {field: kept}


async def test_fields_not_named_stay(shown: Client) -> None:
    await _patch(shown, {"title": "A", "tags": ["x"]})
    answer = await _patch(shown, {"alt": "B"})
    assert (answer.json["title"], answer.json["tags"], answer.json["alt"]) == ("A", ["x"], "B")


WRONG: list[tuple[Any, str | None]] = [
    (None, None),
    ([], None),
    ({}, None),
    ("title", None),
    ({"id": 1}, "id"),
    ({"status": "Ok"}, "status"),
    ({"tenant_id": 1}, "tenant_id"),
    ({"title": 1}, "title"),
    ({"title": ["a"]}, "title"),
    ({"title": "nul \0"}, "title"),
    ({"caption": "c" * 10_001}, "caption"),
    ({"tags": "a"}, "tags"),
    ({"tags": None}, "tags"),
    ({"tags": [1]}, "tags"),
    ({"tags": [["a"]]}, "tags"),
    ({"tags": [""]}, "tags"),
    ({"tags": ["  "]}, "tags"),
    ({"tags": ["nul\0"]}, "tags"),
    ({"tags": ["t" * 101]}, "tags"),
    ({"tags": ["a" + "\u0300\u0323" * 40_000]}, "tags"),
    ({"tags": [f"t{number}" for number in range(101)]}, "tags"),
    ({"tags": {}}, "tags"),
    ({"tags": {"set": ["a"]}}, "tags"),
    ({"tags": {"add": None}}, "tags"),
    ({"tags": {"add": "a"}}, "tags"),
    ({"tags": {"add": ["a"], "remove": ["a"]}}, "tags"),
    ({"gravity": "0.5,1.1"}, "gravity"),
    ({"gravity": "0.5"}, "gravity"),
    ({"gravity": "0.٣,0"}, "gravity"),
    ({"gravity": "-0.1,0"}, "gravity"),
    ({"gravity": "nan,0"}, "gravity"),
    ({"gravity": "up"}, "gravity"),
    ({"gravity": None}, "gravity"),
    ({"gravity": ["north"]}, "gravity"),
    ({"gravity": {}}, "gravity"),
    ({"reference": None}, "reference"),
    ({"reference": ""}, "reference"),
    ({"reference": "r" * 256}, "reference"),
    ({"reference": "a\nb"}, "reference"),
    ({"title": "kept?", "alt": 1}, "alt"),
]


async def test_a_wrong_edit_is_refused_by_field_and_changes_nothing(shown: Client) -> None:
    before = await shown.row("a.jpg")
    for body, field in WRONG:
        assert_problem(await _patch(shown, body), 400, "validation", field)
    assert await shown.row("a.jpg") == before


async def test_a_rename_moves_no_object(shown: Client) -> None:
    before = (await shown.get("a.jpg")).json
    renamed = await _patch(shown, {"reference": "neu (1).jpg"})
    assert renamed.status == 200
    assert_problem(await shown.get("a.jpg"), 404, "not-found")
    after = (await shown.get("neu (1).jpg")).json
    assert [after[field] for field in URL_FIELDS] == [before[field] for field in URL_FIELDS]
    served = await shown.cdn(after["originalUrl"])
    assert served.headers["Content-Disposition"] == "inline; filename*=UTF-8''neu%20%281%29.jpg"


async def test_a_rename_to_a_name_that_is_taken_conflicts(shown: Client, parts: Parts) -> None:
    await shown.put_ok(parts, "b.jpg", picture(shade=7))
    assert_problem(await _patch(shown, {"reference": "b.jpg"}), 409, "conflict", "reference")
    await shown.delete("b.jpg")
    assert (await _patch(shown, {"reference": "b.jpg"})).status == 200


async def test_a_rename_to_its_own_name_is_no_conflict(shown: Client) -> None:
    assert (await _patch(shown, {"reference": "a.jpg"})).status == 200


async def test_an_edit_of_what_is_so_already_leaves_the_image_untouched(shown: Client) -> None:
    await _patch(shown, {"title": "A", "tags": ["x"], "alt": None})
    before = await shown.row("a.jpg")
    for body in ({"title": "A"}, {"tags": {"add": ["x"], "remove": ["y"]}}, {"gravity": "center"}):
        assert (await _patch(shown, body)).status == 200
    assert await shown.row("a.jpg") == before


async def test_more_tags_than_an_image_may_have_are_not_added(shown: Client) -> None:
    await _patch(shown, {"tags": [f"t{number}" for number in range(100)]})
    assert_problem(await _patch(shown, {"tags": {"add": ["one more"]}}), 400, "validation", "tags")
    full = await _patch(shown, {"tags": {"add": ["one more"], "remove": ["t0"]}})
    assert len(full.json["tags"]) == 100


async def test_tags_that_are_added_at_the_same_time_are_all_there(shown: Client) -> None:
    tags = {f"t{number}" for number in range(30)}
    answers = await asyncio.gather(*(_patch(shown, {"tags": {"add": [tag]}}) for tag in tags))
    assert {answer.status for answer in answers} == {200}
    assert set((await shown.get("a.jpg")).json["tags"]) == tags


async def test_another_gravity_has_the_picture_cropped_anew(shown: Client, parts: Parts) -> None:
    answer = await _patch(shown, {"gravity": "0.50, 0.250000", "title": "A"})
    told = answer.json
    assert (answer.status, told["status"], told["gravity"]) == (200, "Re", "0.5,0.25")
    assert_problem(await _patch(shown, {"gravity": "north"}), 409, "processing")
    done = await shown.process(parts, "a.jpg")
    assert (done.status, done.gravity, done.title) == ("Ok", "0.5,0.25", "A")


async def test_the_gravity_of_what_is_no_picture_is_only_kept(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", b"no picture")
    await client.process(parts, "a.jpg")
    answer = await _patch(client, {"gravity": "northeast"})
    assert (answer.json["status"], answer.json["gravity"]) == ("Er", "northeast")


async def test_of_two_images_renamed_to_one_name_one_gets_it(shown: Client, parts: Parts) -> None:
    await shown.put_ok(parts, "b.jpg", picture(shade=7))
    answers = await asyncio.gather(
        *(
            shown.call("PATCH", path_to(name), json={"reference": "c.jpg"})
            for name in ("a.jpg", "b.jpg")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert (await shown.call("GET", "/images/$count")).body == b"2"


async def test_bytes_that_were_under_way_to_a_name_are_not_given_to_its_next_owner(
    shown: Client, parts: Parts
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"first "
        assert (await _patch(shown, {"reference": "old.jpg"})).status == 200
        await shown.put_ok(parts, "a.jpg", picture(shade=7))
        yield b"last"

    answer = await shown.put("a.jpg", slow())
    assert_problem(answer, 409, "conflict", "reference")
    rows = [await shown.row(name) for name in ("a.jpg", "old.jpg")]
    assert [row.status for row in rows] == ["Ok", "Ok"]


async def test_an_edit_while_a_worker_finishes_is_refused_and_then_made(
    shown: Client, parts: Parts
) -> None:
    await shown.call("POST", path_to("a.jpg") + "/reprocess")
    worker, gate = stalled_at(parts.worker, "processing", "succeed")
    finishing = asyncio.create_task(worker.process(job_of(await shown.row("a.jpg"))))
    await gate.reached.wait()
    assert_problem(await _patch(shown, {"title": "A"}), 409, "processing")
    gate.opened.set()
    await finishing
    assert (await _patch(shown, {"title": "A"})).status == 200
    row = await shown.row("a.jpg")
    assert (row.status, row.title) == ("Ok", "A")


async def test_an_edit_while_processing_conflicts(client: Client) -> None:
    await client.put("a.jpg", picture())
    answer = await _patch(client, {"title": "A"})
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0


async def test_an_edit_of_nothing_is_404_and_of_a_reader_403(client: Client) -> None:
    assert_problem(await _patch(client, {"title": "A"}), 404, "not-found")
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await _patch(reader, {"title": "A"}), 403, "forbidden")
