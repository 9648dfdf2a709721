"""The administrator's views: offices, officers. None of them can show a clue."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, OfficerForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput, NotFound
from intake.rules.numbers import whole
from intake.rules.workflow import Role
from intake.security import viewer
from intake.services import directory, factors, identity, linking, sign_ins

#: Officers on a page of the list, and pages that are asked for at most.
PAGE, MOST_PAGES = 50, 10_000


@blueprint.get("/offices")
def offices() -> ResponseReturnValue:
    with reading(engine()) as database:
        regions = directory.regions_with_offices(database)
        wanted = request.args.get("region") or ""
        region = wanted if wanted in {r.code for r in regions} else regions[0].code if regions else ""
        words = request.args.get("words", "").strip()[:60]
        staffed = directory.offices_with_staff(database, region, words)
        chain = directory.place(database, region).chain() if regions else ()
        unstaffed = directory.unstaffed_with_work(database)
        return render_template(
            "console/offices.html",
            regions=regions,
            region=region,
            words=words,
            offices=staffed,
            above=chain[:0:-1],
            here=chain[0].name if chain else "",
            below=directory.staffing_below(database, region),
            unstaffed=unstaffed,
            remits=directory.remit_names(),
            form=ActionForm(),
        )


@blueprint.post("/offices/<int:office_id>")
def office(office_id: int) -> ResponseReturnValue:
    """Open or close an office; a closed one is not chosen by any rule."""
    with transaction(engine()) as database:
        found = directory.switch_office(database, office_id, _wanted(), officer_id=viewer().id, now=tools().now())
    flash(f"{found.name}已{'启用' if found.active else '停用'}")
    return redirect(url_for("console.offices", region=found.region_code), 303)


@blueprint.get("/officers")
def officers() -> ResponseReturnValue:
    """A page of the officers, all or those found; what is done to one is done on the page of the account."""
    words, at = request.args.get("words", "").strip()[:60], min(whole(request.args.get("page", "")), MOST_PAGES)
    with reading(engine()) as database:
        found, total = identity.officers(database, words, at, PAGE)
        return render_template(
            "console/officers.html", officers=found, total=total, words=words, at=at, more=total > (at + 1) * PAGE,
            with_factor=factors.set_up_by(database), by_provider=tools().settings.provider_label,
            linked=linking.linked(database, tools=tools()),
        )  # fmt: skip


@blueprint.route("/officers/new", methods=["GET", "POST"])
def new_officer() -> ResponseReturnValue:
    """A new account, and its first password, once."""
    form = OfficerForm()
    with transaction(engine()) as database:
        if form.validate_on_submit():
            try:
                office = directory.office_by_id(database, form.office.data or "")
                created, password = identity.create_officer(
                    database, form.username.data or "", form.name.data or "", Role(form.role.data), office,
                    by=viewer().id, tools=tools(),
                )  # fmt: skip
                return render_template("console/officer_created.html", officer=created, password=password, again=False)
            except InvalidInput as error:
                form[error.field].errors = [labels.sentence(error)]
        page = render_template("console/new_officer.html", form=form, offices=directory.office_choices(database))
    return page, 422 if form.errors else 200


@blueprint.get("/officers/<int:officer_id>")
def account_of(officer_id: int) -> ResponseReturnValue:
    """An account, and what can be done to it, each with what comes of it; nobody's own."""
    with reading(engine()) as database:
        return render_template(
            "console/account_of.html", officer=identity.other(database, officer_id, than=viewer().id), switch=ActionForm(),
            has_factor=factors.is_set_up(database, officer_id), by_provider=tools().settings.provider_label,
        )  # fmt: skip


@blueprint.post("/officers/<int:officer_id>")
def officer(officer_id: int) -> ResponseReturnValue:
    """Close an account or open it again; closing ends its sessions."""
    with transaction(engine()) as database:
        found = identity.switch_officer(database, officer_id, _wanted(), by=viewer().id, tools=tools())
    flash(f"{found.name}的账号已{'启用' if found.active else '停用'}")
    return redirect(url_for("console.officers"), 303)


@blueprint.post("/officers/<int:officer_id>/second-factor")
def reset_factor(officer_id: int) -> ResponseReturnValue:
    """For one who lost phone and recovery codes: the second factor is gone, the sign-ins end, the officer is told."""
    with transaction(engine()) as database:
        found = factors.reset(database, officer_id, by=viewer().id, tools=tools())
    flash(f"{found.name}的登录验证码已经重置，下次登录只问密码；请当面核实确实是本人要求的")
    return redirect(url_for("console.officers"), 303)


@blueprint.post("/officers/<int:officer_id>/password")
def reset_password(officer_id: int) -> ResponseReturnValue:
    """For one who forgot his password: a new first one, shown once, to be handed over in person."""
    with transaction(engine()) as database:
        found, password = identity.reset_password(database, officer_id, by=viewer().id, tools=tools())
        return render_template("console/officer_created.html", officer=found, password=password, again=True)


@blueprint.post("/officers/<int:officer_id>/sign-ins")
def end_sign_ins(officer_id: int) -> ResponseReturnValue:
    """Sign an officer out everywhere."""
    with transaction(engine()) as database:
        count = sign_ins.end_all(database, officer_id, by=viewer().id, tools=tools())
    flash(f"已经退出 {count} 处登录" if count else "这个账号现在没有在任何地方登录")
    return redirect(url_for("console.officers"), 303)


def _wanted() -> bool:
    """Whether what is switched is to be open afterwards: as the button says, whatever others have done since it was shown."""
    if (wanted := request.form.get("active")) not in ("yes", "no"):
        raise NotFound("no such state")
    return wanted == "yes"
