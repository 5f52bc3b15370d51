"""An image as the contract shows it: every field of its document, empty where nothing is known."""

import hashlib
from datetime import datetime
from typing import Any

from api.urls import url_of
from shared.usecases.editorial.texts import Editorial


def image_wire(found: Editorial, cdn_base: str) -> dict[str, Any]:
    """Return the members in the order of the document.

    Field meanings are IPTC's: Artist is the Creator, ArtistTitle the Creator's Job Title.
    """
    image, told = found.image, found.metadata
    return {
        "ApplicableProductOfferings": [],
        "Artist": ", ".join(told.get("creator", [])),
        "ArtistTitle": told.get("jobTitle", ""),
        "AuthorizationConstraints": [],
        "Caption": found.caption,
        "City": told.get("city", ""),
        "CollectionId": "",
        "CollectionName": "",
        "ColorType": "",
        "Copyright": found.copyright,
        "Country": told.get("country", ""),
        "CreditLine": found.credit_line,
        "DateCreated": _whole(told.get("dateCreated")),
        "DateSubmitted": _time(image.created_on),
        "EditorialSegments": [],
        "EditorialSourceId": "",
        "EditorialSourceName": told.get("source", ""),
        "EventId": None,
        "EventIds": [],
        "GraphicStyle": "",
        "ImageFamily": "",
        "ImageId": str(image.id),
        "Keywords": [_keyword(text) for text in found.keywords],
        "LicensingModel": "",
        "QualityRank": None,
        "ReferralDestinations": [],
        "ReleaseMessage": "",
        "Restrictions": list(found.restrictions),
        "SizesDownloadableImages": [],
        "StateProvince": told.get("state", ""),
        "Title": found.title,
        "UrlComp": url_of(image.thumbnail_preview_key, cdn_base) or "",
        "UrlPreview": url_of(image.thumbnail_medium_key, cdn_base) or "",
        "UrlWatermarkComp": url_of(image.watermark_preview_key, cdn_base) or "",
        "UrlWatermarkPreview": url_of(image.watermark_medium_key, cdn_base) or "",
    }


def _keyword(text: str) -> dict[str, str]:
    """Give a keyword an id that is the same wherever the word stands, in whatever case."""
    number = hashlib.blake2b(text.casefold().encode(), digest_size=8).hexdigest()
    return {"Id": number, "Text": text, "Type": "Keyword"}


def _whole(time: str | None) -> str | None:
    """Return a date-time, as the document wants it; what a photograph leaves open, begins."""
    return None if time is None else time + "0000-01-01T00:00:00"[len(time) :]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
