"""Of several answers to one form only the newest may be shown: an older one that took longer is dropped."""


class LatestOnly:
    """Remembers, per form, the time stamp of the newest thing that was typed."""

    def __init__(self) -> None:
        self._at: dict[str, str] = {}

    def begin(self, form: str, at: str) -> None:
        """Note that something was typed; Slack's time stamps are ordered as text."""
        self._at[form] = max(at, self._at.get(form, ""))

    def is_newest(self, form: str, at: str) -> bool:
        """Say whether nothing was typed since; once answered, the form is forgotten."""
        if self._at.get(form) != at:
            return False
        del self._at[form]
        return True
