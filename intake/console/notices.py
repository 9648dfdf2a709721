"""Notices in the console: the list with its figures, drafting with a preview, publishing, extending, closing, posters."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, ExtendNoticeForm, NoticeForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.documents import poster
from intake.errors import DomainError, InvalidInput, NotFound
from intake.models import Notice, NoticeState
from intake.rules.workflow import Role
from intake.security import viewer
from intake.services import clues, directory, notices


@blueprint.get("/notices", endpoint="notices")
def notice_list() -> ResponseReturnValue:
    with reading(engine()) as database:
        counts = notices.counts(database, viewer()) if viewer().role is not Role.ADMIN else {}
        return render_template(
            "console/notices.html", notices=notices.every(database), today=tools().today(), counts=counts
        )


@blueprint.route("/notices/new", methods=["GET", "POST"])
def new_notice() -> ResponseReturnValue:
    return _write(None, NoticeForm())


@blueprint.route("/notices/<slug>/edit", methods=["GET", "POST"])
def edit_notice(slug: str) -> ResponseReturnValue:
    form = NoticeForm()
    with reading(engine()) as database:
        notice = _run_by_me(database, slug)
        if not form.is_submitted():
            form.show(notice, {c.slug: c.code for c in clues.categories(database)})
    return _write(slug, form)


@blueprint.get("/notices/<slug>", endpoint="notice")
def one_notice(slug: str) -> ResponseReturnValue:
    with reading(engine()) as database:
        return _show(database, slug, ExtendNoticeForm(formdata=None))


@blueprint.post("/notices/<slug>/<step>")
def notice_step(slug: str, step: str) -> ResponseReturnValue:
    """Publish, extend or close; what is refused is said on the notice's own page."""
    form = ExtendNoticeForm() if step == "extend" else ActionForm()
    try:
        if not form.validate():
            raise InvalidInput("", "needed")
        with transaction(engine()) as database:
            _take(database, slug, step, form)
    except NotFound:
        raise
    except DomainError as error:
        return _refused(slug, form, labels.sentence(error)), 422
    flash(f"公告{labels.NOTICE_STEPS[step]}")
    return redirect(url_for("console.notice", slug=slug), 303)


@blueprint.get("/notices/<slug>/<shape>.<kind>")
def notice_poster(slug: str, shape: str, kind: str) -> ResponseReturnValue:
    """The poster (A4) or the card for a phone; 404 while there is no public address for its QR code, or no LibreOffice."""
    base = tools().settings.text("PUBLIC_URL").rstrip("/")
    if shape not in poster.SHAPES or kind not in poster.kinds() or not base:
        abort(404)
    with reading(engine()) as database:
        notice = notices.published(database, slug)
        address = f"{base}{url_for('public.notice', slug=slug)}"
        call = _call(notice, address)
    answer = Response(poster.make(shape, kind, call), content_type=poster.KINDS[kind])
    answer.headers["Content-Disposition"] = f"attachment; filename={slug}-{shape}.{kind}"
    return answer


def _take(database: Session, slug: str, step: str, form: Any) -> None:
    match step:
        case "publish":
            notices.publish(database, slug, by=viewer(), tools=tools())
        case "close":
            notices.close(database, slug, by=viewer(), tools=tools())
        case "extend":
            notices.extend(database, slug, form.closes_on.data, by=viewer(), tools=tools())
        case _:
            raise NotFound("no such step")


def _write(slug: str | None, form: NoticeForm) -> ResponseReturnValue:
    """The form of a draft, or the draft's page once it is saved."""
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                saved = notices.write(database, form.to_wording(), slug, by=viewer(), tools=tools()).slug
            flash("草稿已经保存，请看过预览再发布")
            return redirect(url_for("console.notice", slug=saved), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    with reading(engine()) as database:
        page = render_template(
            "console/notice_form.html", form=form, slug=slug, regions=_regions(database), remits=directory.remit_names(),
            categories=clues.categories(database),
        )  # fmt: skip
    return page, 422 if form.errors else 200


def _show(database: Session, slug: str, extend: ExtendNoticeForm, refusal: str = "") -> str:
    notice = notices.of_slug(database, slug)
    mine = notices.is_run_by(notice, viewer())
    if notice.state is NoticeState.DRAFT and not mine:
        raise NotFound("a draft is seen by those who write it")
    return render_template(
        "console/notice.html", notice=notice, mine=mine, form=ActionForm(), extend=extend, refusal=refusal, today=tools().today(),
        has_address=bool(tools().settings.text("PUBLIC_URL")), kinds=poster.kinds(),
        counts=notices.counts(database, viewer()).get(notice.id), reads=viewer().role is not Role.ADMIN, closing=request.args.get("do") == "close",
        categories={c.slug: c for c in clues.categories(database)},
    )  # fmt: skip


def _refused(slug: str, form: Any, sentence: str) -> str:
    """The notice's page with the sentence: beside the date if there is one on the form, else above."""
    dated = isinstance(form, ExtendNoticeForm)
    shown = form if dated else ExtendNoticeForm(formdata=None)
    if dated and not form.errors:
        form.closes_on.errors = [sentence]
    with reading(engine()) as database:
        return _show(database, slug, shown, "" if dated and _may_extend(database, slug) else sentence)


def _may_extend(database: Session, slug: str) -> bool:
    return notices.of_slug(database, slug).state is NoticeState.PUBLISHED


def _run_by_me(database: Session, slug: str) -> Notice:
    notice = notices.of_slug(database, slug)
    if not notices.is_run_by(notice, viewer()):
        raise NotFound("the notice is somebody else's")
    return notice


def _regions(database: Session) -> list[tuple[str, str]]:
    """The places for which this officer may speak."""
    known = directory.regions_with_offices(database)
    mine = [r for r in known if viewer().role is Role.ADMIN or directory.is_within(r.code, viewer().region_code)]
    return [(r.code, r.name) for r in mine]


def _call(notice: Notice, address: str) -> poster.Call:
    return poster.Call(
        title=notice.title, office=notice.office.name, purpose=notice.purpose,
        scope=[item["wording"] for item in notice.scope],
        exclusions=[f"{item['what']}：{item['where']}" for item in notice.exclusions], promises=list(notice.promises),
        opens_on=notice.opens_on, closes_on=notice.closes_on, address=address,
    )  # fmt: skip
