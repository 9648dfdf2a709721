"""Signing in and out: the password, then the second factor of those who have one; and changing the password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from sqlalchemy.orm import Session

from intake import labels
from intake.console import blueprint
from intake.console.forms import FactorForm, PasswordForm, SignInForm
from intake.current import engine, tools
from intake.db import transaction
from intake.errors import InvalidInput, NotFound, ProviderFailed
from intake.logs import log
from intake.models import Officer
from intake.security import device, limiter, login_rate, signed_in, source, viewer
from intake.services import factors, identity, linking, sign_ins

#: Seconds between password and code.
HALFWAY = 300


def _tried() -> str:
    """Whose password or codes are tried, as it is counted: of an officer, wherever from; without one, from where."""
    officer_id = _whose()
    return source() if officer_id is None else f"officer-{officer_id}"


#: Somebody who knows a password guesses a code (three of a million hold) with a chance of 0.3 % a day.
code_limit = limiter.shared_limit("10 per 15 minutes", scope="second-factor", key_func=_tried, methods=["POST"])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(login_rate, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                officer = identity.check_password(database, form.username.data or "", form.password.data or "")
                if linking.is_only_way(officer.role, tools=tools()):
                    raise ProviderFailed("only")
                return admit(database, officer, request.args.get("next", ""))
        except NotFound:
            form.password.errors = ["登录名或密码不对，请核对大小写"]
        except ProviderFailed as error:
            log.warning("password refused", problem=error.problem)
            form.password.errors = [labels.sentence(error)]
    refusal = labels.PROVIDER_PROBLEMS.get(session.pop("refusal", ""), "") if request.method == "GET" else ""
    page = render_template("console/sign_in.html", form=form, refusal=refusal, by_provider=tools().settings.provider_label)
    return page, 422 if form.errors else 200


def admit(database: Session, officer: Officer, target: str, *, vouched: bool | None = None) -> ResponseReturnValue:
    """Let in an officer whom a password, or the identity provider, has named: at once, or by way of the code.

    `vouched` is None for the password, else whether the provider saw a second factor that counts.
    """
    session.clear()
    if vouched is not None:
        session["provider"] = vouched
    if vouched or not factors.is_set_up(database, officer.id):
        return _enter(database, officer, target)
    session["half_in"] = (officer.id, int(tools().now().timestamp()), identity.password_mark(officer, tools=tools()))
    return redirect(url_for("console.sign_in_code", next=target or None), 303)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@code_limit
def sign_in_code() -> ResponseReturnValue:
    """The second factor; the way back to the password when that was too long ago, or is another by now."""
    officer_id, form = _halfway(), FactorForm()
    if officer_id is None:
        return _from_the_start()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                officer = identity.by_mark(database, officer_id, session["half_in"][2], tools=tools())
                factors.accept(database, officer.id, form.code.data or "", tools=tools())
                del session["half_in"]
                return _enter(database, officer, request.args.get("next", ""))
        except NotFound:
            return _from_the_start()
        except InvalidInput as error:
            form.code.errors = [labels.sentence(error)]
    return render_template("console/sign_in_code.html", form=form), 422 if form.errors else 200


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    with transaction(engine()) as database:
        sign_ins.end(database, signed_in().sign_in_id, officer_id=viewer().id, tools=tools())
    logout_user()
    by_provider = "provider" in session and tools().settings.provider_label
    session.clear()
    return redirect(url_for("console.signed_out" if by_provider else "console.sign_in"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@limiter.limit(login_rate, key_func=_tried, methods=["POST"])
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit() and _same_twice(form):
        try:
            with transaction(engine()) as database:
                officer = database.get_one(Officer, viewer().id)
                identity.change_password(database, officer, form.old.data or "", form.new.data or "", tools=tools())
                answer = _enter(database, officer, "")
            flash("密码已经修改，其他地方的登录都已退出")
            return answer
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    first = signed_in().officer.must_change_password
    return render_template("console/password.html", form=form, first=first), 422 if form.errors else 200


def _enter(database: Session, officer: Officer, target: str) -> ResponseReturnValue:
    """Begin the session of an officer who has shown all that is asked of him."""
    mark = sign_ins.begin(database, officer, device(), tools=tools(), way="provider" if "provider" in session else None)
    if when := factors.reset_to_tell(officer):
        day = labels.long_date(tools().local(when).date())
        flash(f"您的登录验证码在 {day} 被管理员重置。如果不是您要求的，请马上修改密码并告诉管理员")
    session.permanent = True
    session["_user_id"] = mark  # flask_login.login_user would add a hash of address and agent
    return redirect(_inside(target), 303)


def _halfway() -> int | None:
    """Whose password was right a moment ago in this browser."""
    officer_id, at, _mark = session.get("half_in", (None, 0, ""))
    return officer_id if 0 <= tools().now().timestamp() - at <= HALFWAY else None


def _from_the_start() -> ResponseReturnValue:
    session.pop("half_in", None)
    flash("请重新填写登录名和密码")
    return redirect(url_for("console.sign_in", next=request.args.get("next")), 303)


def _whose() -> int | None:
    """The officer whose codes are tried: the one signed in, or the one who is halfway there."""
    return viewer().id if "_user_id" in session and signed_in().is_authenticated else _halfway()


def _same_twice(form: PasswordForm) -> bool:
    if form.new.data != form.again.data:
        form.again.errors = ["两次输入的新密码不一样"]
        return False
    return True


def _inside(target: str) -> str:
    """`target` if it is an address of the console, else the console's home."""
    parts = urlsplit(target)
    inside = target.startswith("/console/") and not parts.netloc and not parts.scheme and "\\" not in target
    return target if inside else url_for("console.home")
