"""Who else answers, said to the reporter before sending: a hint that never stands in the way."""

from __future__ import annotations

import structlog

from intake.services.directory import referrals
from intake.services.triage import OUT_OF_SCOPE
from intake.tools import Tools

log = structlog.get_logger()
EMERGENCY = "emergency"
#: Said even when the classifier is not sure: keeping silent would cost more than a needless hint.
URGENT = frozenset({"secret", EMERGENCY})


def referral(text: str, tools: Tools) -> dict[str, str] | None:
    """The row of referrals.csv for a text that is none for here; None for any other, and whenever no model can say."""
    try:
        prediction = tools.classifier().predict(text)
    except Exception as error:  # a hint must not cost the reporter the clue
        log.warning("no referral", error=type(error).__name__)
        return None
    if prediction.label != OUT_OF_SCOPE or (prediction.abstained and prediction.reason not in URGENT):
        return None
    return next((row for row in referrals() if row["slug"] == prediction.reason), None)
