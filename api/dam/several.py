"""`POST /images` as a form: several new images, an answer for each."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from api.auth import principal_needed
from api.bodies import Leftovers, parts_of, stream_part
from api.context import LIBRARY, Library
from api.dam.answers import View, json_answer, view_of
from api.problems import domain_problem
from shared.domain.errors import DomainError, InvalidInputError, UploadTimeoutError
from shared.domain.image import Principal, Role
from shared.domain.reference import parse_reference

MAX_FILES = 100

Answer = dict[str, Any]


@principal_needed(Role.EDITOR)
async def post_images(request: web.Request, principal: Principal) -> web.Response:
    """Create an image of each file; never replace one.

    The status is that of every answer where they agree, else 207.
    """
    if request.content_type != "multipart/form-data":
        raise InvalidInputError(
            "POST /images takes multipart/form-data with one or more files.", field="Content-Type"
        )
    library, view = request.app[LIBRARY], view_of(request)
    answers: list[Answer] = []
    leftovers = Leftovers(library.settings.max_upload_bytes, library.settings.upload_timeout_s)
    async for part in parts_of(request):
        if len(answers) == MAX_FILES:
            raise InvalidInputError(
                f"A form holds at most {MAX_FILES} files; the first {MAX_FILES} were stored."
            )
        answers.append(await _create(request, library, principal, part, view))
        await leftovers.skip(part)
    if not answers:
        raise InvalidInputError("The form has no file: add one, with its file name.")
    statuses = {answer["status"] for answer in answers}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.MULTI_STATUS
    return json_answer(orjson.dumps({"value": answers}), view.dialect, status)


async def _create(
    request: web.Request, library: Library, principal: Principal, part: BodyPartReader, view: View
) -> Answer:
    settings = library.settings
    try:
        if not part.filename:
            raise InvalidInputError(
                f"The form's part {part.name!r} has no file name.", field=_sendable(part.name)
            )
        image, _ = await library.uploads.store(
            principal.tenant, parse_reference(part.filename), stream_part(part), create_only=True
        )
    except UploadTimeoutError:
        raise
    except DomainError as error:
        body = domain_problem(settings.origin, request.rel_url.raw_path, error)
        return {"reference": _sendable(part.filename), "status": body["status"], "problem": body}
    return {
        "reference": image.reference,
        "status": int(HTTPStatus.CREATED),
        "image": view.render(image),
    }


def _sendable(text: str | None) -> str | None:
    """Return a name that was refused as it can stand in JSON."""
    return None if text is None else text.encode(errors="replace").decode()
