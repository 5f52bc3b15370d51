"""Settings come from the environment; what is wrong there is said in a sentence."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.settings_table import table
from deploy.variables import KNOWN, mistakes, miswritten, unknown
from shared.settings import Settings
from shared.storage.s3 import open_storage

PAGE = Path(__file__).parents[2] / "deploy" / "settings.md"
AWS = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN")


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in AWS:
        monkeypatch.delenv(name, raising=False)


def test_settings_page_is_what_the_code_reads() -> None:
    made_by = "python -m deploy.settings_table > deploy/settings.md"
    assert PAGE.read_text(encoding="utf-8") == table(), f"make it anew: {made_by}"


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-central-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_the_region_is_found_as_other_programs_find_it(
    variables: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Settings().aws_region == region


async def test_temporary_credentials_sign_with_their_token(
    monkeypatch: pytest.MonkeyPatch, moto: str
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "of-an-hour",
    }.items():
        monkeypatch.setenv(name, value)
    async with open_storage(Settings(s3_endpoint_url=moto)) as storage:
        url = await storage._client.generate_presigned_url(  # noqa: SLF001 the signature shows it
            "get_object", Params={"Bucket": "b", "Key": "k"}
        )
    assert "X-Amz-Security-Token=of-an-hour" in url


def test_misspelt_variables_are_named_with_what_may_be_meant() -> None:
    said = unknown({"FOTOTECA_PROT", "fototeca_retention", "FOTOTECA_XYZZY_PLUGH", "PATH", *KNOWN})
    assert said == {
        "FOTOTECA_PROT": (
            "FOTOTECA_PROT is no setting and is ignored; did you mean FOTOTECA_PORT?"
        ),
        "FOTOTECA_XYZZY_PLUGH": "FOTOTECA_XYZZY_PLUGH is no setting and is ignored",
        "fototeca_retention": (
            "fototeca_retention is no setting and is ignored; did you mean FOTOTECA_RETENTION_DAYS?"
        ),
    }


def test_variables_in_small_letters_are_named() -> None:
    assert miswritten({"FOTOTECA_port", "FOTOTECA_PORT", "fototeca_nothing"}) == [
        "FOTOTECA_port: write it in capitals, FOTOTECA_PORT"
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FOTOTECA_PORT", "http"),
        ("FOTOTECA_DATABASE_URL", "mysql://user:secret@db/x"),
        ("FOTOTECA_DATABASE_URL", "postgresql://user:secret@db:http/x"),
        ("FOTOTECA_REDIS_URL", "secret"),
        ("FOTOTECA_S3_ENDPOINT_URL", "minio-secret:9000"),
        ("FOTOTECA_PUBLIC_URL", "secret.example"),
        ("FOTOTECA_SECRET_KEY", "secret"),
        ("FOTOTECA_THUMBNAIL_SIZES_PX", "secret,400,1200"),
    ],
)
def test_a_wrong_value_is_named_by_its_variable_and_not_shown(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (sentence,) = mistakes(caught.value)
    assert sentence.startswith(f"{variable}: ")
    assert "secret" not in sentence
