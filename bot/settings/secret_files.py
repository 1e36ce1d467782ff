"""Secrets in files: `NAME_FILE` is the path of a file that holds the value of `NAME`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource


@dataclass(frozen=True, slots=True)
class UnreadableSecret:
    """Takes the place of a value whose file can't be read, so that the fault is reported with all others."""

    why: str


class SecretFiles(PydanticBaseSettingsSource):
    """Settings from the files named in `variables`, whose names are in lower case."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one value from its file; None without a file."""
        path = self._variables.get(f"{field_name}_file")
        if not path:
            return None, field_name, False
        if self._variables.get(field_name):
            return UnreadableSecret(f"is set, and so is {field_name.upper()}_FILE: keep one"), field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            return (UnreadableSecret(f"is in a file that can't be read ({field_name.upper()}_FILE)"), field_name, False)

    def __call__(self) -> dict[str, Any]:
        """Read the values of all named files."""
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
