"""A page as a browser without scripts has it: its words, what can be followed, and the forms that can be sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form: the names of its entries, what it sends when nobody touches it, and what each button adds."""

    method: str
    action: str
    fields: set[str] = field(default_factory=set)
    untouched: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What can be read, followed and pressed on a page."""

    def __init__(self, url: str = "", html: str = "") -> None:
        super().__init__()
        self.url = url
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.choices: dict[str, str] = {}
        self._open: dict[str, dict[str, str]] = {}
        self._choice: str | None = None
        self.feed(html)

    @property
    def text(self) -> str:
        """All that the page says, with single spaces."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self._open[tag] = has
        if tag == "form":
            self.forms.append(Form(has.get("method", "get"), has.get("action", "")))
        if tag in {"input", "textarea"} and "form" in self._open:
            self.forms[-1].fields.add(has["name"])
            if has.get("type") != "radio" or "checked" in has:
                self.forms[-1].untouched[has["name"]] = has.get("value", "")
        if has.get("type") == "radio":
            self._choice = has["value"]

    def handle_endtag(self, tag: str) -> None:
        self._open.pop(tag, None)

    def handle_data(self, data: str) -> None:
        said = data.strip()
        if not said or "style" in self._open:
            return
        self.words.append(said)
        if "a" in self._open:
            self.links.append((said, self._open["a"].get("href", "")))
        if "button" in self._open:
            name = self._open["button"].get("name")
            self.forms[-1].buttons[said] = {name: self._open["button"].get("value", "")} if name else {}
        if self._choice is not None:
            self.choices[said] = self._choice
            self._choice = None
