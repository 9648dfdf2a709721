"""What is kept of a reporter and for how long, said from the settings in force and not from a text beside them."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from intake.current import engine, tools
from intake.db import reading
from intake.public import blueprint
from intake.public.query import LOOK_MINUTES
from intake.services import contacts, holding, keys, notify


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    settings = tools().settings
    with reading(engine()) as database:
        kept, news = keys.kept(database), contacts.news_possible(database, tools())
    return render_template(
        "public/privacy.html", settings=settings, kept=kept, news=news, here=bool(settings.text("CONTACT_KEY_FILE")),
        shared_counts=not settings.text("RATE_STORE").startswith("memory"), look_minutes=LOOK_MINUTES, mark_days=holding.MARK_DAYS,
        record_days=notify.KEPT_DAYS,
    )  # fmt: skip
