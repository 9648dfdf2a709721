"""What the reporter is told before sending: what in the text could tell who wrote it, and who else might answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from intake.current import tools
from intake.public.forms import ClueForm
from intake.public.steps import Step
from intake.rules import disclosures
from intake.rules.disclosures import Disclosure
from intake.services import elsewhere


def blur_ticked(form: ClueForm, ticked: Collection[str]) -> None:
    """Put × over the ticked finds ("start-end") in the form's text; what is no find of this text is passed over."""
    chosen = [one for one in _found(form) if _place(one) in ticked]
    form.text.data = disclosures.blur(form.text.data or "", chosen)


def warnings(form: ClueForm, step: Step) -> dict[str, Any]:
    """For the template: `referral` right after the text and before sending, `finds` and `pieces` before sending."""
    text = form.text.data or ""
    found = _found(form) if step.mark == "review" else ()
    return {
        "referral": elsewhere.referral(text, tools()) if step.mark in ("place", "review") else None,
        "finds": [(_place(one), one.kind, text[one.start : one.end]) for one in found],
        "pieces": disclosures.pieces(text, found),
    }


def _found(form: ClueForm) -> tuple[Disclosure, ...]:
    return disclosures.find(form.text.data or "", form.contact_name.data or "")


def _place(one: Disclosure) -> str:
    return f"{one.start}-{one.end}"
