"""Themes: the terms of one to three words that several people wrote when they left."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

from domain.ids import CaseId, PersonId, SubscriptionId

LEAST_PEOPLE = 3
MOST_THEMES = 8
MOST_COMMENTS = 1_000
"""How many of a period are read, the newest."""
_LENGTHS = (1, 2, 3)
_MOST_READ = 500
"""Characters of one comment: nobody makes the bot count a book."""
_LONGEST_WORD = 40

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[:/?#].*)?", re.IGNORECASE)
_Term = tuple[str, ...]
_AROUND = "<>()[]{}\"'.,;:!?*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerComment:
    """What somebody wrote in a case. `names` are what they are called, and never become a theme."""

    person_id: PersonId
    case_id: CaseId
    subscription_id: SubscriptionId
    livemode: bool
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A term as most people spell it, how many people wrote it, and in which comments, in the order they came in."""

    term: str
    people: int
    comments: tuple[CustomerComment, ...]


def find_themes(comments: Iterable[CustomerComment], stop_words: frozenset[str]) -> tuple[Theme, ...]:
    """Return what at least three people wrote, that of most people first, at most eight themes.

    Case doesn't matter. A term is words side by side; stop words, punctuation, addresses, words with digits and the
    person's own names are in no term. Of terms of the same people that share a word, only the longest is a theme:

        Three people write "no Salesforce export", and a fourth "export": "export" 4, "Salesforce export" 3.
    """
    stops = frozenset(_key(_clean(each)) for each in stop_words)
    read = [(each, list(_words(each, stops))) for each in comments]
    common = _common(read)
    uses = defaultdict[_Term, list[tuple[CustomerComment, str]]](list)
    for comment, words in read:
        for term, spelling in (each for length in _LENGTHS for each in _terms(words, length)):
            if term in common:
                uses[term].append((comment, spelling))
    people = {term: {comment.person_id for comment, _ in used} for term, used in uses.items()}
    kept = list[_Term]()
    for term in sorted(uses, key=lambda each: (-len(people[each]), -len(each), each)):
        if len(kept) < MOST_THEMES and not any(
            people[each] == people[term] and not {*each}.isdisjoint(term) for each in kept
        ):
            kept.append(term)
    return tuple(_theme(uses[term], len(people[term])) for term in kept)


def _common(read: Iterable[tuple[CustomerComment, Sequence[str | None]]]) -> set[_Term]:
    """Return the terms of enough people; those of more words are only counted where their parts are among them."""
    by_person = defaultdict[PersonId, list[Sequence[str | None]]](list)
    for comment, words in read:
        by_person[comment.person_id].append(words)
    found = set[_Term]()
    for length in _LENGTHS:
        people = Counter[_Term]()
        for texts in by_person.values():
            terms = {term for words in texts for term, _ in _terms(words, length)}
            people.update(each for each in terms if length == 1 or (each[1:] in found and each[:-1] in found))
        found |= {term for term, number in people.items() if number >= LEAST_PEOPLE}
    return found


def _theme(used: Sequence[tuple[CustomerComment, str]], people: int) -> Theme:
    spelt_by = defaultdict[str, set[PersonId]](set)
    for comment, spelling in used:
        spelt_by[spelling].add(comment.person_id)
    by_case = {comment.case_id: comment for comment, _ in used}
    return Theme(
        term=max(spelt_by, key=lambda each: (len(spelt_by[each]), each)),  # of two, the one in small letters
        people=people,
        comments=tuple(by_case.values()),
    )


def _terms(words: Sequence[str | None], length: int) -> Iterator[tuple[_Term, str]]:
    """Yield each term of so many words that stand side by side, and how it is spelt; none has a word twice."""
    for first in range(len(words) - length + 1):
        spelt = [word for word in words[first : first + length] if word is not None]
        term = tuple(map(_key, spelt))
        if len({*term}) == length:
            yield term, " ".join(spelt)


def _words(comment: CustomerComment, stops: frozenset[str]) -> Iterator[str | None]:
    """Yield a comment's words; None parts two that don't stand side by side."""
    own = {_key(part) for name in comment.names for word in _WORD.findall(_clean(name)) for part in word.split("-")}
    for line in _clean(comment.text[:_MOST_READ]).splitlines():
        for chunk in line.split():
            if _is_address(chunk):
                yield None
                continue
            end = 0
            for found in _WORD.finditer(chunk):
                if found.start() > end:
                    yield None
                yield from _meant(found[0], stops, own)
                end = found.end()
            if end < len(chunk):
                yield None
        yield None


def _meant(word: str, stops: frozenset[str], own: set[str]) -> Iterator[str | None]:
    """Yield a word, or the parts that its hyphens join if each means something; None: it is in no term."""
    stems = [_stem(part, stops) for part in word.split("-")]
    if any(stem is not None and _key(stem) in own for stem in stems):
        yield None
    elif None in stems:
        yield _stem(word, stops) if len(stems) > 1 else None
    else:
        yield from stems


def _stem(word: str, stops: frozenset[str]) -> str | None:
    """Return a word without what an apostrophe adds to it ("l'export", "team's"); None: it means nothing."""
    stem = max(word.split("'"), key=len)
    meaningless = _key(word) in stops or _key(stem) in stops or any(each.isdigit() for each in stem)
    return None if meaningless or not 1 < len(stem) <= _LONGEST_WORD else stem


def _is_address(chunk: str) -> bool:
    return "@" in chunk or "://" in chunk or _HOST.fullmatch(chunk.strip(_AROUND)) is not None


def _key(word: str) -> str:
    return word.casefold()


def _clean(text: str) -> str:
    """Return a text with one way of writing each letter and apostrophe, without invisible characters."""
    straight = normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return "".join(each for each in straight if category(each) != "Cf")
