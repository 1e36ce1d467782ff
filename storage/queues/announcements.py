"""Words by which a process tells its own parts, and other processes on the same database, that something changed."""

from collections.abc import Callable, Iterable

from storage.queues.wakeup import Wakeup


class Announcements:
    """Runs what has been registered for a word, and keeps the word until the other processes have been told."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._untold: set[str] = set()
        self.news = Wakeup()

    def listen(self, word: str, react: Callable[[], None]) -> None:
        """Have something done whenever this process or another one announces a word."""
        self._listeners.setdefault(word, []).append(react)

    def announce(self, words: Iterable[str]) -> None:
        """React here, at once, and have the other processes told."""
        told = set(words)
        self.hear(told)
        if told:
            self._untold |= told
            self.news.set()

    def hear(self, words: Iterable[str] | None = None) -> None:
        """React to what another process announced; None: to every word, since some may have been missed."""
        for word in sorted(self._listeners if words is None else words):
            for react in self._listeners.get(word, ()):
                react()

    def take_untold(self) -> set[str]:
        """Return the words that the other processes haven't been told yet, and forget them."""
        untold, self._untold = self._untold, set()
        return untold
