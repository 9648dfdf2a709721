"""What the reporter is told before sending: what in the text could tell who wrote it, who else might answer, and whom to ring in danger."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import request

from intake.current import tools
from intake.public.forms import ClueForm
from intake.public.steps import Step
from intake.rules import dangers, disclosures
from intake.rules.dangers import Danger
from intake.rules.disclosures import Disclosure
from intake.services import elsewhere


def ticked() -> list[str]:
    """The words that the reporter chose to cover, so far on any page; they are carried until the clue is sent."""
    return request.form.getlist("blur")


def blur_ticked(form: ClueForm) -> None:
    """Put × over the ticked finds in the form's text, wherever they now stand; what is no find of it is passed over."""
    text, chosen = form.text.data or "", set(ticked())
    form.text.data = disclosures.blur(text, [one for one in _found(form) if one.words(text) in chosen])


def warnings(form: ClueForm, step: Step) -> dict[str, Any]:
    """For the template: `dangers` on every page; `referral` right after the text and before sending, none where there is
    danger; before sending `finds`, with how often each stands there, and `pieces`; `ticked` are the words to cover."""
    text = form.text.data or ""
    found = _found(form) if step.mark == "review" else ()
    seen = dangers.seen(text)
    referral = elsewhere.referral(text, tools()) if step.mark in ("place", "review") and not seen else None
    if referral and referral["slug"] == elsewhere.EMERGENCY:
        seen, referral = (Danger.LIFE,), None
    return {
        "dangers": seen,
        "referral": referral,
        "finds": Counter((one.kind, one.words(text)) for one in found),
        "ticked": ticked(),
        "pieces": disclosures.pieces(text, found),
    }


def _found(form: ClueForm) -> tuple[Disclosure, ...]:
    return disclosures.find(form.text.data or "", form.contact_name.data or "")
