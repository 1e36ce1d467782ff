"""What could not be done is logged under the reference that its answer shows."""

from typing import TypeVar

import structlog

from flows.portal_links.answers import OutsideFailure

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


def log_failure(answer: Answer) -> Answer:
    """Log an answer that tells of trouble, and hand it on."""
    if isinstance(answer, OutsideFailure):
        log.warning("answered_with_trouble", reference=answer.reference, what=answer.what, why=answer.why)
    return answer
