"""What an upload did, as a status of HTTP."""

from http import HTTPStatus

from shared.usecases.uploads.upload import Effect

STATUS_OF = {
    Effect.CREATED: HTTPStatus.CREATED,
    Effect.REPLACED: HTTPStatus.ACCEPTED,
    Effect.UNCHANGED: HTTPStatus.OK,
}
