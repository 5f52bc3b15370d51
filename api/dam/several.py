"""`POST /images` as a form: several new images, an answer for each."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from api.bodies import Leftovers, parts_of, stream_part
from api.context import LIBRARY, Library
from api.dam.answers import View, json_answer, view_of
from api.problems import domain_problem
from shared.domain.errors import DomainError, InvalidInputError
from shared.domain.image import Principal
from shared.domain.reference import parse_reference

MAX_FILES = 100

Answer = dict[str, Any]


async def post_form(request: web.Request, principal: Principal) -> web.Response:
    """Create an image of each file; never replace one.

    The status is that of every answer where they agree, else 207. Where the form cannot be read to
    its end, the last answer says why, and those before it hold.
    """
    library, view = request.app[LIBRARY], view_of(request)
    answers: list[Answer] = []
    try:
        await _create_each(request, library, principal, view, answers)
    except DomainError as error:
        if not answers:
            raise
        answers.append(_refusal(request, library, None, error))
    if not answers:
        raise InvalidInputError("The form has no file: add one, with its file name.")
    statuses = {answer["status"] for answer in answers}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.MULTI_STATUS
    return json_answer(orjson.dumps({"value": answers}), view.dialect, status)


async def _create_each(
    request: web.Request, library: Library, principal: Principal, view: View, answers: list[Answer]
) -> None:
    """Add an answer for each part, to the end of the form or of what there is of it."""
    leftovers = Leftovers(library.settings.max_upload_bytes, library.settings.upload_timeout_s)
    async for part in parts_of(request):
        if len(answers) == MAX_FILES:
            raise InvalidInputError(
                f"A form holds at most {MAX_FILES} files; those after them were not read."
            )
        answer = await _create(request, library, principal, part, view)
        answers.append(answer)
        is_too_late = answer["status"] == HTTPStatus.REQUEST_TIMEOUT
        if is_too_late or not await leftovers.skip(part):
            return


async def _create(
    request: web.Request, library: Library, principal: Principal, part: BodyPartReader, view: View
) -> Answer:
    try:
        if not part.filename:
            raise InvalidInputError(
                f"The form's part {part.name!r} has no file name.", field=_sendable(part.name)
            )
        image, _ = await library.uploads.store(
            principal.tenant, parse_reference(part.filename), stream_part(part), create_only=True
        )
    except DomainError as error:
        return _refusal(request, library, part.filename, error)
    return {
        "reference": image.reference,
        "status": int(HTTPStatus.CREATED),
        "image": view.render(image),
    }


def _refusal(
    request: web.Request, library: Library, name: str | None, error: DomainError
) -> Answer:
    body = domain_problem(library.settings.origin, request.rel_url.raw_path, error)
    return {"reference": _sendable(name), "status": body["status"], "problem": body}


def _sendable(text: str | None) -> str | None:
    """Return a name that was refused as it can stand in JSON."""
    return None if text is None else text.encode(errors="replace").decode()
