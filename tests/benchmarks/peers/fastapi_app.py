# mypy: ignore-errors
"""The same two calls as people write them with FastAPI and SQLAlchemy's ORM, a pool of ten.

It runs in a venv of its own: what it imports is not installed beside the project.
"""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, Text, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE_URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
TENANT_ID = int(os.environ["TENANT_ID"])
CDN_BASE = os.environ["CDN_BASE"]

sessions = async_sessionmaker(create_async_engine(DATABASE_URL, pool_size=10, max_overflow=0))
app = FastAPI()


class Base(DeclarativeBase):
    """What the tables have in common."""


class Image(Base):
    """The columns that an answer needs."""

    __tablename__ = "images"

    tenant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reference: Mapped[str]
    num_links: Mapped[int]
    status: Mapped[str]
    modified_on: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    file_type: Mapped[str | None]
    created_on: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    original_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    thumbnail_medium_key: Mapped[str | None]
    thumbnail_preview_key: Mapped[str | None]
    width: Mapped[int]
    height: Mapped[int]
    size_in_bytes: Mapped[int] = mapped_column(BigInteger)
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImageOut(BaseModel):
    """An image as it is answered."""

    id: int
    reference: str
    numLinks: int  # noqa: N815 wire names
    status: str
    modifiedOn: str  # noqa: N815
    fileType: str | None  # noqa: N815
    createdOn: str  # noqa: N815
    tags: list[str]
    originalUrl: str | None  # noqa: N815
    thumbnailUrl: str | None  # noqa: N815
    thumbnailMediumUrl: str | None  # noqa: N815
    thumbnailPreviewUrl: str | None  # noqa: N815
    width: int
    height: int
    sizeInBytes: int  # noqa: N815


class PageOut(BaseModel):
    """A page of images."""

    value: list[ImageOut]


async def session() -> AsyncIterator[AsyncSession]:
    """Lend a session to a request."""
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/images")
async def list_images(lent: Session, limit: int) -> PageOut:
    """Return the newest images."""
    found = await lent.scalars(
        select(Image)
        .where(Image.tenant_id == TENANT_ID, Image.deleted_at.is_(None))
        .order_by(Image.created_on.desc(), Image.id.desc())
        .limit(limit)
    )
    return PageOut(value=[shown(image) for image in found])


@app.get("/images/{reference}")
async def get_image(lent: Session, reference: str) -> ImageOut:
    """Return one image."""
    image = await lent.scalar(
        select(Image).where(
            Image.tenant_id == TENANT_ID,
            Image.reference == reference,
            Image.deleted_at.is_(None),
        )
    )
    if image is None:
        raise HTTPException(404)
    return shown(image)


def shown(image: Image) -> ImageOut:
    """Map a row to its wire form."""
    return ImageOut(
        id=image.id,
        reference=image.reference,
        numLinks=image.num_links,
        status=image.status,
        modifiedOn=image.modified_on.strftime("%Y-%m-%dT%H:%M:%S"),
        fileType=image.file_type,
        createdOn=image.created_on.strftime("%Y-%m-%dT%H:%M:%S"),
        tags=image.tags,
        originalUrl=url(image.original_key),
        thumbnailUrl=url(image.thumbnail_key),
        thumbnailMediumUrl=url(image.thumbnail_medium_key),
        thumbnailPreviewUrl=url(image.thumbnail_preview_key),
        width=image.width,
        height=image.height,
        sizeInBytes=image.size_in_bytes,
    )


def url(key: str | None) -> str | None:
    """Return the address of a storage key."""
    return None if key is None else CDN_BASE + quote(key)
