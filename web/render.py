"""What all pages share: one layout, the company's name and colour, and strict headers."""

from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from wording.company import Company

_STYLE = Path(__file__).parent / "static" / "style.css"
_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_SHORTLY = 30

log = structlog.get_logger(__name__)


class Render:
    """Turns templates into responses. `secure` says that the pages are reached by https only."""

    def __init__(self, company: Company, *, secure: bool) -> None:
        self._headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"{_CSP}; form-action 'none'",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex, nofollow",
        }
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"
        self._templates = Environment(
            loader=PackageLoader("web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["company"] = company
        colors = f":root {{ --brand: {company.color}; --on-brand: {company.ink}; }}\n"
        self._style = colors + _STYLE.read_text()

    def page(self, template: str, *, status: int = 200, retry_after: int | None = None, **words: Any) -> Response:
        """Return a page without a form; `retry_after` in seconds."""
        headers = self._headers if retry_after is None else self._headers | {"Retry-After": str(retry_after)}
        return HTMLResponse(self._templates.get_template(template).render(words), status, headers)

    def form(self, template: str, *, onward: bool, status: int = 200, **words: Any) -> Response:
        """Return a page with a form.

        `onward`: its answer may redirect to Stripe. Then it goes without `form-action`, by which browsers judge the
        redirect too and would stop it.
        """
        response = self.page(template, status=status, **words)
        response.headers["Content-Security-Policy"] = _CSP if onward else f"{_CSP}; form-action 'self'"
        return response

    def not_now(self, why: str, *, reference: str, pressed: bool = False) -> Response:
        """Return a page that asks to try again later; the reason is logged under the reference that the page shows.

        `pressed`: something was asked for, and it may have been done all the same.
        """
        log.warning("page_not_shown", reference=reference, why=why)
        return self.page("not_now.html", status=503, retry_after=_SHORTLY, reference=reference, pressed=pressed)

    def redirect(self, url: str) -> Response:
        """Redirect to `url` with a GET that doesn't reveal our page's address."""
        return RedirectResponse(url, 303, self._headers)

    def style(self) -> Response:
        """Return the style sheet in the company's colour."""
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(self._style, 200, headers, media_type="text/css")
