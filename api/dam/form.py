"""`POST /images` as a form: several new images, an answer for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from api.bodies import Leftovers, parts_of, stream_part
from api.context import LIBRARY, Library
from api.dam.answers import View, json_answer, view_of
from api.form_digest import FormDigest
from api.idempotency import claim_of
from api.problems import domain_problem
from shared.domain.errors import ConflictError, DomainError, InvalidInputError
from shared.domain.image import Image, Principal
from shared.domain.reference import parse_reference
from shared.usecases.idempotency.ports import Claim

MAX_FILES = 100

Answer = dict[str, Any]


async def post_form(request: web.Request, principal: Principal) -> web.Response:
    """Create an image of each file; never replace one.

    The status is that of every answer where they agree, else 207. Where the form cannot be read to
    its end, the last answer says why, and those before it hold.
    """
    library, view = request.app[LIBRARY], view_of(request, principal)
    form = Form(request, library, principal, view, claim_of(request))
    answers = form.answers
    try:
        await form.create_each()
    except DomainError as error:
        if not answers:
            raise
        answers.append(form.refusal(None, error))
    if not answers:
        raise InvalidInputError("The form has no file: add one, with its file name.")
    statuses = {answer["status"] for answer in answers}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.MULTI_STATUS
    return json_answer(orjson.dumps({"value": answers}), view.dialect, status)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is being read, and the answers to its parts so far."""

    request: web.Request
    library: Library
    principal: Principal
    view: View
    claim: Claim | None
    answers: list[Answer] = field(default_factory=list)
    digest: FormDigest = field(default_factory=FormDigest)

    async def create_each(self) -> None:
        """Add an answer for each part, to the end of the form or of what there is of it."""
        settings = self.library.settings
        leftovers = Leftovers(settings.max_upload_bytes, settings.upload_timeout_s)
        async for part in parts_of(self.request):
            if len(self.answers) == MAX_FILES:
                raise InvalidInputError(
                    f"A form holds at most {MAX_FILES} files; those after them were not read."
                )
            self.digest.begin(part)
            answer = await self._create(part, leftovers)
            self.answers.append(answer)
            is_too_late = answer["status"] == HTTPStatus.REQUEST_TIMEOUT
            if is_too_late or not await leftovers.skip(part, self.digest.update):
                return
            self.digest.end()
        if self.claim is not None:
            self.claim.digest = self.digest.whole

    async def _create(self, part: BodyPartReader, leftovers: Leftovers) -> Answer:
        try:
            if not part.filename:
                raise InvalidInputError(
                    f"The form's part {part.name!r} has no file name.", field=_sendable(part.name)
                )
            image, duplicates = await self._store(part, part.filename, leftovers)
        except DomainError as error:
            return self.refusal(part.filename, error)
        return {
            "reference": image.reference,
            "status": int(HTTPStatus.CREATED),
            "image": self.view.render(image),
            "duplicates": list(duplicates),
        }

    async def _store(
        self, part: BodyPartReader, filename: str, leftovers: Leftovers
    ) -> tuple[Image, Sequence[str]]:
        """Create an image, or find that an earlier try of the same request has done so."""
        reference, tenant = parse_reference(filename), self.principal.tenant
        body = stream_part(part, self.digest.update)
        try:
            stored = await self.library.uploads.store(
                tenant, reference, body, create_only=True, claim=self.claim
            )
        except ConflictError:
            if self.claim is None or not self.claim.resources:
                raise
            await leftovers.skip(part, self.digest.update)
            made = await self.library.idempotency.image_made(
                self.claim, reference, self.digest.part
            )
            if made is None:
                raise
            return made, ()
        return stored.image, stored.duplicates

    def refusal(self, name: str | None, error: DomainError) -> Answer:
        """Return the answer to a part of this name that was refused."""
        origin = self.library.settings.origin
        body = domain_problem(origin, self.request.rel_url.raw_path, error)
        return {"reference": _sendable(name), "status": body["status"], "problem": body}


def _sendable(text: str | None) -> str | None:
    """Return a name that was refused as it can stand in JSON."""
    return None if text is None else text.encode(errors="replace").decode()
