"""The one place for configuration: environment variables `FOTOTECA_*` and the standard `AWS_*`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """What api, worker and command line are told from outside. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="FOTOTECA_", populate_by_name=True, extra="ignore")

    database_url: SecretStr = SecretStr("postgresql://localhost/fototeca")
    redis_url: SecretStr = SecretStr("redis://localhost:6379/0")
    s3_endpoint_url: str | None = None
    s3_public_endpoint_url: str | None = None
    s3_bucket: str = "fototeca"
    aws_access_key_id: SecretStr | None = Field(None, validation_alias="AWS_ACCESS_KEY_ID")
    aws_secret_access_key: SecretStr | None = Field(None, validation_alias="AWS_SECRET_ACCESS_KEY")
    aws_region: str = Field("us-east-1", validation_alias="AWS_REGION")

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str | None = None
    cdn_base_url: str | None = None
    cors_origins: str = ""
    secret_key: SecretStr = SecretStr("")
    data_dir: Path = Path(".fototeca")
    scratch_dir: Path | None = None

    max_upload_bytes: int = Field(1024 * MEBIBYTE, gt=0)
    upload_timeout_s: int = Field(3600, gt=0)
    retention_days: int = Field(30, ge=0)

    thumbnail_sizes_px: str = Field(
        "150,400,1200", pattern=r"^[1-9]\d{0,4},[1-9]\d{0,4},[1-9]\d{0,4}$"
    )
    thumbnail_quality: int = Field(80, ge=1, le=100)
    max_pixels: int = Field(200_000_000, gt=0)
    decode_memory_bytes: int = Field(3 * 1024 * MEBIBYTE, gt=0)
    decode_timeout_s: int = Field(60, gt=0)
    worker_slots: int | None = Field(None, gt=0)
    lease_s: int = Field(20, ge=3)
    sweep_interval_s: float = Field(2.0, gt=0)

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def origin(self) -> str:
        """Where browsers and clients reach the API, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def cdn_base(self) -> str:
        """What a storage key is appended to, ending in a slash."""
        return (self.cdn_base_url or f"{self.origin}/cdn").rstrip("/") + "/"

    @property
    def sizes_px(self) -> tuple[int, int, int]:
        """Longest sides of TH, THM and THP."""
        small, medium, large = (int(size) for size in self.thumbnail_sizes_px.split(","))
        return small, medium, large
