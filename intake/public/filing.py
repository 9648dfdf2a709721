"""Filing a clue: a form of several pages in which everything typed travels, and the clue that comes of it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake import jobs
from intake.current import engine, tools
from intake.db import once_more, reading, transaction
from intake.models import Clue, Hold, Notice
from intake.public import attaching, blueprint, gate
from intake.public.before import blur_ticked, ticked, warnings
from intake.public.forms import ClueForm, form_key
from intake.public.size import is_large
from intake.public.steps import LARGE_STEPS, PARTS, PLACES, STEPS, Step, position
from intake.security import csrf, is_from_here
from intake.services import attachments, clues, contacts, directory, examples, holding, keys, merging, notices, reporter
from intake.services.clues import Submission

NOTICE_OVER = "这次公告的征集已经结束。您反映的事照样受理，按一般规定办理。"

_ADDED = "这条先前已经收下，编号和查询码不变。您后来改过的文字，已经作为补充加在它后面。"
_NOT_ADDED = "这条先前已经收下，编号和查询码不变。刚才改的地区、单位或者其他栏没有加进去，请凭查询码打开进展页，在补充里写明。"
_CONTACT_ADDED = "这条先前已经收下，当时没有留联系方式；这次填的已经加密保存。"
_ENDED = "这条先前已经收下，并且有了结果，刚才改的没有加进去。请凭查询码看结果，需要的话重新写一条。"


@blueprint.route("/clues/new", methods=["GET", "POST"])
@csrf.exempt  # the form checks its own token, so that a refusal loses nothing typed
def new_clue() -> ResponseReturnValue:
    form = _form()
    covers = request.form.get("go") in ("blur", "send")
    if covers:
        blur_ticked(form.text, form.contact_name.data or "")
    try:
        if form.is_submitted():
            attaching.receive(_mark())
        if covers:
            attaching.cover(_mark(), ticked())
        with reading(engine()) as database:
            notice = _notice(database, request.values.get("notice", ""))
            if not form.is_submitted():
                return _show_step(database, form, 0, notice)
            step = _step(database, form, notice)
        return step or _file(form, notice)
    except DBAPIError:
        if not form.is_submitted():
            raise
        return _not_saved(form), 503


def _form() -> ClueForm:
    """The form as it was posted. The receipt of another tab clears the session and with it the token of this one, which is
    forgiven where the browser itself says (Fetch Metadata) that the post comes from a page of ours."""
    forgive = "csrf_token" not in session and is_from_here()
    form = ClueForm()
    form.today = tools().today()
    if forgive:
        form.csrf_token.data = form.csrf_token.current_token
    return form


def _mark() -> str:
    """What the files of this form wait under."""
    return attachments.mark_of(form_key(request.form.get("key")), tools())


def _steps() -> tuple[Step, ...]:
    return LARGE_STEPS if is_large() else STEPS


def _not_saved(form: ClueForm) -> str:
    """The database is out of order: everything typed, in one page that sends it again with the same key."""
    given = {name: request.form[name] for name in ("notice", "listed", *PLACES) if request.form.get(name)}
    return render_template(
        "public/not_saved.html",
        form=form,
        steps=STEPS,
        given=given,
        ticked=ticked(),
        key=form_key(request.form.get("key")),
        stamp=request.form.get("stamp", ""),
    )


def _notice(database: Session, slug: str) -> Notice | None:
    """The open notice of that address; None for none, and for one that is over: a form may have been begun on its last day.

    One that is not yet open, or none at all, begins no form (404) and breaks off none.
    """
    found = notices.open_one(database, slug, tools().today()) if slug else None
    if slug and found is None and request.method == "GET" and not notices.is_over(database, slug, tools().today()):
        abort(404)
    return found


def _notice_over(notice: Notice | None) -> bool:
    """Whether the form was begun under a notice that one can no longer answer."""
    return notice is None and bool(request.values.get("notice"))


def _step(database: Session, form: ClueForm, notice: Notice | None) -> ResponseReturnValue | None:
    """The next page of the form as it was posted; None when everything is right and it may be filed."""
    valid = form.validate()
    steps, wanted = _steps(), request.form.get("go", "next")
    here, last = position(steps, request.form.get("step", "")), len(steps) - 1
    _check_places(database, form)
    if wanted == "forget":
        return _show_step(database, form, here, notice, fresh=True, template="public/forget.html")
    if wanted == "back" or (wanted in PARTS and wanted != "review"):
        return _show_step(database, form, _returned_to(steps, here, wanted), notice, fresh=True)
    onward = last if wanted in ("check", "review") else min(here + 1, last)
    wrong = [at for at in form.wrong_steps(steps) if at < max(onward, here + 1)]
    if wrong:
        return _show_step(database, form, wrong[0], notice, status=422)
    if "place" in steps[here].parts and (_has_unseen_level(database, form) or wanted == "regions"):
        return _show_step(database, form, here, notice, asks_below=_has_unseen_level(database, form))
    if wanted != "send" or here < last:
        return _show_step(database, form, onward, notice, fresh=True)
    if not valid:
        return _show_step(database, form, here, notice, status=422)
    if gate.is_too_quick():
        return _show_step(database, form, here, notice, status=422, is_quick=True)
    return None


def _returned_to(steps: tuple[Step, ...], here: int, wanted: str) -> int:
    """The page before this one, or the page of the part that is wanted."""
    return max(0, here - 1) if wanted == "back" else position(steps, wanted)


def _file(form: ClueForm, notice: Notice | None) -> ResponseReturnValue:
    """Store the clue, then triage it; what happens after the commit can no longer refuse the reporter."""
    key = form_key(request.form.get("key"))
    submission = form.to_submission(key, notice.slug if notice else "")
    suspicion = gate.suspicion(key)
    clue_id, held, said = once_more(lambda: _take_in(submission, suspicion))  # the button may be pressed twice
    for sentence in said:
        flash(sentence)
    if held is None:  # what is held is triaged by the sweep: a flood must not hold up the threads that answer
        jobs.after_filing(engine(), clue_id, tools())
    if _notice_over(notice):
        flash(NOTICE_OVER)
    session["receipt"] = key
    return redirect(url_for("public.receipt"), 303)


def _take_in(submission: Submission, suspicion: Hold | None) -> tuple[int, Hold | None, list[str]]:
    """The clue's id, why it is held, and what is to be said where it came before with the same key and other content."""
    with transaction(engine()) as database:
        noted = holding.take_in(database, submission, suspicion, tools=tools())
        clue = database.get_one(Clue, noted.clue_id)
        return noted.clue_id, noted.hold, _add_change(database, clue, submission)


def _add_change(database: Session, clue: Clue, submission: Submission) -> list[str]:
    """Whoever goes on writing after an answer was lost sends the same key: new words go into the thread, as later ones do."""
    changed = clues.changed(clue, submission)
    if changed and reporter.is_over(clue, merging.lead(database, clue)):
        return [_ENDED]
    if "text" in changed:
        reporter.add_words(database, clue, submission.text, tools=tools())
    kept = clues.add_contact(database, clue, submission, tools=tools())
    return [_CONTACT_ADDED] * kept + [_ADDED] * ("text" in changed) + [_NOT_ADDED] * bool(changed - {"text"})


def _show_step(
    database: Session,
    form: ClueForm,
    at: int,
    notice: Notice | None,
    fresh: bool = False,
    status: int = 200,
    is_quick: bool = False,
    asks_below: bool = False,
    template: str = "public/new_clue.html",
) -> ResponseReturnValue:
    """One page of the form, counted from 0; `fresh` pages show no errors yet."""
    key = form_key(request.form.get("key"))
    chosen = _chosen(form) or ([] if form.is_submitted() else _place_of(database, notice))
    steps = _steps()
    step = steps[at]
    page = render_template(
        template, form=form, step=step, at=at, steps=steps, notice=notice,
        notice_over=NOTICE_OVER if _notice_over(notice) else "",
        key=key, places=_place_lists(database, chosen) if "place" in step.parts else [],
        chosen=chosen, place_name=_place_name(database, chosen), **_serving(database, step, chosen), show_errors=status != 200 and not fresh,
        topic=(topic := request.values.get("topic", "")),
        examples=examples.fitting(database, topic, notice) if step.mark == "story" else (),
        is_quick=is_quick, asks_below=asks_below, kept=keys.kept(database),
        news=contacts.news_possible(database, tools()), **gate.fields(key), **warnings(database, form, step),
        **attaching.staged(database, _mark(), "public.new_clue"),
    )  # fmt: skip
    return (page, status) if status != 200 else page


def _chosen(form: ClueForm) -> list[str]:
    """The region codes chosen so far, from the province down."""
    return [str(form[name].data) for name in PLACES if form[name].data]


def _place_of(database: Session, notice: Notice | None) -> list[str]:
    """The place that a notice presets, from the province down."""
    return [p.code for p in reversed(directory.place(database, notice.region_code).chain())] if notice else []


def _place_lists(database: Session, chosen: list[str]) -> list[Any]:
    """The lists to choose from: the provinces, then what lies below each region chosen."""
    lists = [directory.children(database, None)]
    lists += [below for code in chosen[: len(PLACES) - 1] if (below := directory.children(database, code))]
    return lists


def _place_name(database: Session, chosen: list[str]) -> str:
    return directory.place(database, chosen[-1]).full_name if chosen else ""


def _serving(database: Session, step: Step, chosen: list[str]) -> dict[str, Any]:
    """For the template: the regions that are `served`, and before sending who `looks_instead` at a clue from elsewhere."""
    review = step.mark == "review"
    return {
        "served": directory.served(database) if review or "place" in step.parts else (),
        "looks_instead": directory.looks_instead(database, chosen[-1]) if review and chosen else (),
    }


def _check_places(database: Session, form: ClueForm) -> None:
    """Each region must lie in the one before; a forged or stale one is an error beside the field and is taken out."""
    parent: str | None = None
    gap = False
    for name in PLACES:
        field = form[name]
        code = str(field.data or "")
        known = {r.code for r in directory.children(database, parent)} if code and not gap else set()
        if code and code not in known:
            if not gap and parent is None:
                form.place1.errors = ["请从列表里选择地区"]
            field.data = ""
        gap = gap or not field.data
        parent = str(field.data) if field.data else parent
    if not form.region_code() and not form.place1.errors:
        form.place1.errors = ["请选择事情发生的地区，至少选到省；选到县最好，能更快找到该管的单位"]


def _has_unseen_level(database: Session, form: ClueForm) -> bool:
    """Whether the region chosen has divisions below it that the page posted had not offered yet."""
    chosen = _chosen(form)
    if not chosen or request.form.get("listed") == chosen[-1]:
        return False
    return bool(directory.children(database, chosen[-1]))
