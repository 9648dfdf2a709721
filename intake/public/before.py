"""What the reporter is told before sending: what in the text could tell who wrote it, who else might answer, whom only the text names,
and whom to ring in danger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from wtforms import TextAreaField

from intake.current import tools
from intake.public.forms import ClueForm
from intake.public.steps import Step
from intake.rules import dangers, disclosures
from intake.rules.dangers import Danger
from intake.rules.disclosures import Disclosure, Kind
from intake.rules.routing import AccusedLevel
from intake.services import elsewhere, placing
from intake.services.placing import Unsaid


def ticked() -> list[str]:
    """The words that the reporter chose to cover, so far on any page; they are carried until the clue is sent."""
    return request.form.getlist("blur")


def blur_ticked(field: TextAreaField, contact_name: str = "") -> None:
    """Put × over the ticked finds in the field's text, wherever they now stand; what is no find of it is passed over."""
    text, chosen = field.data or "", set(ticked())
    field.data = disclosures.blur(text, [one for one in disclosures.find(text, contact_name) if one.words(text) in chosen])


def unseen(field: TextAreaField) -> bool:
    """Whether the field's text has a find that the posted page did not point out."""
    text, seen = field.data or "", set(request.form.getlist("seen"))
    return any(one.words(text) not in seen for one in disclosures.find(text))


def finds(text: str, found: Sequence[Disclosure] | None = None) -> Counter[tuple[Kind, str]]:
    """For the template: what in a text could tell who wrote it, kind and words, with how often it stands there."""
    return Counter((one.kind, one.words(text)) for one in (disclosures.find(text) if found is None else found))


def warnings(database: Session, form: ClueForm, step: Step) -> dict[str, Any]:
    """For the template: `dangers` on every page; `referral` right after the text and before sending, none where there is
    danger; `unsaid`, `finds` and `pieces` before sending; `ticked` are the words to cover."""
    text = form.text.data or ""
    found = disclosures.find(text, form.contact_name.data or "") if step.mark == "review" else ()
    seen = dangers.seen(text)
    referral = elsewhere.referral(text, tools()) if step.mark in ("place", "review") and not seen else None
    if referral and referral["slug"] == elsewhere.EMERGENCY:
        seen, referral = (Danger.LIFE,), None
    return {
        "dangers": seen,
        "referral": referral,
        "unsaid": _unsaid(database, form) if step.mark == "review" else None,
        "finds": finds(text, found),
        "ticked": ticked(),
        "pieces": disclosures.pieces(text, found),
    }


def _unsaid(database: Session, form: ClueForm) -> Unsaid | None:
    given = form.accused_level.data
    level = AccusedLevel(given) if given in set(AccusedLevel) else AccusedLevel.UNKNOWN
    return placing.unsaid(database, form.region_code(), level, form.accused_name.data or "", form.text.data or "")
