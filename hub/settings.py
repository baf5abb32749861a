"""Settings from the environment (`HUB_…`) and `hub.toml`, the environment winning; every one has a default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from hub.errors import UsageError


class Settings(BaseSettings):
    """What can be set for the whole hub."""

    model_config = SettingsConfigDict(env_prefix="HUB_", toml_file="hub.toml", extra="forbid")

    database_url: str = Field(default="sqlite:///hub.db", description="where the hub keeps everything")
    secret_key: SecretStr | None = Field(default=None, description="seals credentials; required without SQLite")
    log_level: str = Field(default="WARNING", description="DEBUG, INFO, WARNING or ERROR")
    data_dir: Path | None = Field(default=None, description="where adapters keep files; default: beside the database")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#]+/?)?$",
        description="where people reach the page, such as https://hub.example.com; default: as they came",
    )
    workers: int = Field(default=4, ge=1, le=16, description="how many jobs `hub serve` or `hub worker` runs at once")
    lease_seconds: float = Field(default=60, gt=0, description="how long a job is its holder's without a heartbeat")
    webhooks_to_private: bool = Field(default=False, description="webhooks may go to private networks, and over http")
    metrics_token: SecretStr | None = Field(
        default=None, description="what /metrics is shown to; else this machine only"
    )
    policy: dict[str, Any] = Field(default_factory=dict, description="policy of every connection, by record type")
    connections: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="per connection (COMPANY/NAME): `policy` laid over the general one"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in wins over the environment, that over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: Any) -> Settings:
    """The settings in force; UsageError `bad_settings` names every wrong one."""
    try:
        return Settings(**given)
    except ValidationError as fault:
        wrong = "; ".join(".".join(map(str, error["loc"])) + ": " + error["msg"] for error in fault.errors())
    except ValueError as fault:
        wrong = f"hub.toml is not TOML: {fault}"
    raise UsageError(f"The settings cannot be used: {wrong}.", code="bad_settings", fix="Correct hub.toml or HUB_….")
