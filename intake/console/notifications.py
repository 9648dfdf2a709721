"""How officers hear of their work: each chooses for himself, the admin enters the offices' group robots."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, NotificationsForm, WebhookForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput, NotFound
from intake.models import Officer, Pace, Robot
from intake.security import viewer
from intake.services import directory, notify, webhooks


@blueprint.route("/notifications", methods=["GET", "POST"])
def notifications() -> ResponseReturnValue:
    with reading(engine()) as database:
        me = database.get_one(Officer, viewer().id)
        chosen = notify.choices(database, me.id)
        before = {"email": me.email, **{event.value: pace.value for event, pace in chosen.items()}}
        standing = notify.standing(database, me)
    form = NotificationsForm(data=before)
    if form.validate_on_submit():
        paces = {event: Pace(form[event.value].data) for event in notify.USUAL}
        with transaction(engine()) as database:
            me = database.get_one(Officer, viewer().id)
            notify.choose(database, me, form.email.data or "", paces, tools=tools())
        flash("提醒方式已经保存")
        return redirect(url_for("console.notifications"), 303)
    page = render_template(
        "console/notifications.html", form=form, events=[event.value for event in notify.USUAL], standing=standing,
        mails=bool(tools().settings.text("SMTP_HOST")), hour=tools().settings.number("DIGEST_HOUR"),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.route("/robots", methods=["GET", "POST"])
def robots() -> ResponseReturnValue:
    form = WebhookForm()
    if form.validate_on_submit():
        try:
            robot = Robot(form.robot.data)
            secret = webhooks.new_secret() if robot is Robot.PROGRAM else form.secret.data or ""
            with transaction(engine()) as database:
                made = webhooks.add(
                    database, form.office.data or "", robot, form.address.data or "", secret, Pace(form.pace.data),
                    by=viewer().id, tools=tools(),
                )  # fmt: skip
                if robot is Robot.PROGRAM:
                    return render_template("console/program_made.html", hook=made, secret=secret)
            flash("群机器人已经加上，建议先发一条测试提醒")
            return redirect(url_for("console.robots"), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    with reading(engine()) as database:
        hooks = webhooks.listed(database)
        page = render_template(
            "console/robots.html", form=form, button=ActionForm(), offices=directory.office_choices(database),
            hooks=[(hook, notify.standing(database, hook)) for hook in hooks],
        )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.post("/robots/<int:webhook_id>")
def robot(webhook_id: int) -> ResponseReturnValue:
    """Try a robot out, silence it or let it speak again, or forget it: by the button that was pressed."""
    step = request.form.get("step", "")
    with transaction(engine()) as database:
        if step == "try":
            notify.try_out(database, webhook_id, tools=tools())
        elif step in ("silence", "speak"):
            webhooks.switch(database, webhook_id, step == "speak", by=viewer().id, tools=tools())
        elif step == "remove":
            webhooks.remove(database, webhook_id, by=viewer().id, tools=tools())
        else:
            raise NotFound("no such step")
    flash({"try": "测试提醒已经排上，稍后刷新看结果", "silence": "群机器人已经停用", "speak": "群机器人已经启用", "remove": "群机器人已经删除"}[step])
    return redirect(url_for("console.robots"), 303)
