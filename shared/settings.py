"""The one place for configuration: environment variables `FOTOTECA_*` and the standard `AWS_*`."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024

_SCHEMES = {
    "database_url": ("postgresql://", "postgres://"),
    "redis_url": ("redis://", "rediss://", "unix://"),
    "s3_endpoint_url": ("http://", "https://"),
    "s3_public_endpoint_url": ("http://", "https://"),
    "public_url": ("http://", "https://"),
    "cdn_base_url": ("http://", "https://"),
}

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[1-9][0-9]{0,4})?|https?://\[[0-9a-f:.]+\](:[0-9]+)?")
_SIZES = re.compile(r"[1-9]\d{0,3},[1-9]\d{0,3},[1-9]\d{0,3}", re.ASCII)
MIN_KEY_CHARACTERS = 32


class Settings(BaseSettings):
    """What api, worker and command line are told from outside. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="FOTOTECA_", env_ignore_empty=True, populate_by_name=True, extra="ignore"
    )

    database_url: SecretStr = Field(
        SecretStr("postgresql://localhost/fototeca"),
        description="Postgres, 14 or later; each process of ours opens at most 36 connections",
    )
    redis_url: SecretStr = Field(
        SecretStr("redis://localhost:6379/0"), description="Redis or Valkey"
    )
    s3_endpoint_url: str | None = Field(None, description="S3 server; AWS itself where unset")
    s3_public_endpoint_url: str | None = Field(
        None,
        description="the S3 server as clients reach it, for presigned uploads",
    )
    s3_bucket: str = Field("fototeca", description="the bucket, which must exist")
    aws_access_key_id: SecretStr | None = Field(
        None, validation_alias="AWS_ACCESS_KEY_ID", description="S3 credentials"
    )
    aws_secret_access_key: SecretStr | None = Field(
        None, validation_alias="AWS_SECRET_ACCESS_KEY", description="S3 credentials"
    )
    aws_session_token: SecretStr | None = Field(
        None, validation_alias="AWS_SESSION_TOKEN", description="of temporary S3 credentials"
    )
    aws_region: str = Field(
        "us-east-1",
        validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"),
        description="S3 region; the first that is set",
    )

    host: str = Field("127.0.0.1", description="address that the API listens on")
    port: int = Field(8080, ge=0, le=65535, description="port that the API listens on")
    api_processes: int | None = Field(
        None,
        ge=1,
        le=64,
        description="processes of the API, where that is not one for each processor, at most 4",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="seals secrets in the database; at least 32 random characters, the same "
        "for api and worker, which do not start without",
    )
    public_url: str | None = Field(
        None, description="the API as clients reach it, where that is not http://host:port"
    )
    cors_origins: str | None = Field(
        None,
        description="origins whose pages may call the API, with commas between, or *",
    )
    cdn_base_url: str | None = Field(
        None, description="what CDN URLs begin with, where that is not {public URL}/cdn"
    )
    data_dir: Path = Field(
        Path(".fototeca"), description="folder of the local stack (`fototeca up`)"
    )
    scratch_dir: Path | None = Field(
        None, description="folder for files in work, where that is not the system's temporary one"
    )

    max_upload_bytes: int = Field(1024 * MEBIBYTE, gt=0, description="largest upload")
    min_free_bytes: int = Field(
        256 * MEBIBYTE,
        ge=0,
        description="room on the disks of the scratch folder and of the local stack, below which "
        "uploads are refused (507) and the worker pauses",
    )
    upload_timeout_s: int = Field(3600, gt=0, description="longest upload, in seconds")
    source_timeout_s: int = Field(
        900,
        gt=0,
        le=3000,
        description="longest fetch of a sourceUrl, and how long one that does not answer is tried",
    )
    outgoing_allowed_hosts: str | None = Field(
        None,
        description="hosts that may be reached by URLs of users although they are not public, "
        "as in `intranet.example,10.0.0.7:8080`",
    )
    upload_url_ttl_s: int = Field(
        3600, ge=60, le=604_800, description="seconds that the URLs of presigned uploads live"
    )
    original_url_ttl_s: int = Field(
        3600,
        ge=60,
        le=604_800,
        description="seconds that the URLs of private originals live, and at least three quarters "
        "of it once they are given out",
    )
    max_open_uploads: int = Field(
        1000, gt=0, description="presigned uploads that a tenant may have open at once"
    )
    retention_days: int = Field(
        30, ge=0, description="days that superseded originals and thumbnails stay served"
    )

    event_retention_days: float = Field(
        7, ge=2, description="days that events are kept for readers that come back, at least 2"
    )

    thumbnail_sizes_px: str = Field(
        "150,400,1200",
        description="longest sides of TH, THM and THP, in pixels, as in 150,400,1200",
    )
    thumbnail_quality: int = Field(
        80, ge=1, le=100, description="quality of JPEG, WebP and AVIF thumbnails, 1 to 100"
    )
    max_pixels: int = Field(
        200_000_000, gt=0, description="largest picture, in pixels, by its header"
    )
    decode_memory_bytes: int = Field(
        3 * 1024 * MEBIBYTE, gt=0, description="address space of one decoder"
    )
    decode_timeout_s: int = Field(
        60, gt=0, description="wall clock and processor seconds of one decoding"
    )
    worker_slots: int | None = Field(
        None, gt=0, description="pictures processed at once; as many as cores where unset"
    )
    bulk_slots: int | None = Field(
        None,
        gt=0,
        description="pictures that operations reprocess at once; one fewer than cores where unset, "
        "and never more",
    )
    lease_s: int = Field(
        20, ge=3, description="seconds until a silent worker's image is given to another"
    )
    sweep_interval_s: float = Field(2.0, gt=0, description="seconds between two sweeps")

    log_format: Literal["json", "console"] = Field("json", description="json or console")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )

    @field_validator(*_SCHEMES)
    @classmethod
    def _is_url(cls, value: SecretStr | str | None, info: ValidationInfo) -> SecretStr | str | None:
        """Refuse early, and without showing it, what no client could read."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        schemes = _SCHEMES[info.field_name or ""]
        if text is not None and not _is_url_of(schemes, text):
            raise PydanticCustomError(
                "url", "should be a URL that begins with " + " or ".join(schemes)
            )
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse early what nothing could be sealed with."""
        if value is not None and len(value.get_secret_value()) < MIN_KEY_CHARACTERS:
            sentence = "should be 32 or more random characters, as of `openssl rand -base64 32`"
            raise PydanticCustomError("secret", sentence)
        return value

    @field_validator("thumbnail_sizes_px")
    @classmethod
    def _is_sizes(cls, value: str) -> str:
        """Refuse what does not name three lengths."""
        if not _SIZES.fullmatch(value):
            raise PydanticCustomError("sizes", "should be three sizes, as in 150,400,1200")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _is_origins(cls, value: str | None) -> str | None:
        """Refuse early what no browser would send as its Origin."""
        for origin in _listed(value):
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise PydanticCustomError(
                    "origin", "should be origins such as https://shop.example, without a path"
                )
        return value

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may call the API; `*` is any."""
        return _origins(self.cors_origins)

    @property
    def origin(self) -> str:
        """Where browsers and clients reach the API, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def sealing_key(self) -> str | None:
        """What `shared.sealing` derives its keys from."""
        return self.secret_key.get_secret_value() if self.secret_key is not None else None

    @property
    def cdn_base(self) -> str:
        """What a storage key is appended to, ending in a slash."""
        return (self.cdn_base_url or f"{self.origin}/cdn").rstrip("/") + "/"

    @property
    def sizes_px(self) -> tuple[int, int, int]:
        """Longest sides of TH, THM and THP."""
        small, medium, large = (int(size) for size in self.thumbnail_sizes_px.split(","))
        return small, medium, large


@lru_cache(maxsize=8)
def _origins(text: str | None) -> frozenset[str]:
    """Return those that are listed; every answer asks for them."""
    return frozenset(_listed(text))


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _is_url_of(schemes: tuple[str, ...], text: str) -> bool:
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return text.startswith(schemes) and port != 0
