"""The words that say nothing by themselves, in the languages that customers are likely to write."""

LANGUAGES = ("en", "de", "fr", "es")
_SAYS_WHY = frozenset({"cher", "chère"})
"""In the French list as a greeting: "trop cher" is why somebody leaves."""


def stop_words() -> frozenset[str]:
    """Return the stop words of these languages, read when a digest needs them."""
    from stopwordsiso import stopwords  # noqa: PLC0415  # it reads 60 languages, which no start should wait for

    return frozenset(stopwords(LANGUAGES)) - _SAYS_WHY
