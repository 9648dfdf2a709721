"""Signing in through the organisation's identity provider, and linking an account to it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from intake import labels, oidc
from intake.console import blueprint
from intake.console.forms import ActionForm, ProofForm, SubjectForm
from intake.console.signing import HALFWAY, admit
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidAction, InvalidInput, ProviderFailed
from intake.logs import log
from intake.security import limiter, login_rate, signed_in, viewer
from intake.services import identity, linking

#: Seconds that somebody may take at the provider.
AWAY = 600
limit = limiter.shared_limit(
    lambda: f"{2 * tools().settings.number('LOGIN_PER_MINUTE')} per minute", scope="provider"
)  # there and back are two


@blueprint.get("/sign-in/provider")
@limit
def begin_provider() -> ResponseReturnValue:
    """Off to the provider; reached by a link, because a form may lead nowhere but here (CSP form-action)."""
    target = request.args.get("next", "")
    try:
        return redirect(_ask(target, None), 303)
    except ProviderFailed as error:
        return _refused(error, target)


@blueprint.get("/sign-in/provider/answer")
@limit
def provider_answer() -> ResponseReturnValue:
    """Back from the provider, with a code or an error."""
    provider, target = _provider(), ""
    try:
        state, target, officer_id = _asked()
        vouched = provider.vouch(request.args, state, _back(), now=tools().now())
        return _link(officer_id, vouched) if officer_id else _enter(vouched, target)
    except ProviderFailed as error:
        return _refused(error, target)


@blueprint.route("/sign-in/provider/confirm", methods=["GET", "POST"])
@limiter.limit(login_rate, methods=["POST"])
def confirm_link() -> ResponseReturnValue:
    """The password, once, of an officer whose subject the admin entered."""
    officer_id, mark, at, factor = session.get("confirming", (0, "", 0, False))
    if not officer_id or not 0 <= tools().now().timestamp() - at <= HALFWAY:
        return _refused(ProviderFailed("expired"), request.args.get("next", ""))
    form = ProofForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                officer = linking.confirm(database, officer_id, mark, form.password.data or "", tools=tools())
                return admit(database, officer, request.args.get("next", ""), vouched=factor)
        except InvalidInput as error:
            form.password.errors = [labels.sentence(error)]
        except ProviderFailed as error:
            return _refused(error, "")
    return render_template("console/confirm_link.html", form=form), 422 if form.errors else 200


@blueprint.route("/account/provider", methods=["GET", "POST"])
@limiter.limit(login_rate, methods=["POST"])
def link_provider() -> ResponseReturnValue:
    """An officer links the own account: the password here, then the provider names him."""
    _provider()
    form, address = ProofForm(), ""
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                linking.proved(database, viewer().id, form.password.data or "")
            address = _ask("", viewer().id)
        except InvalidInput as error:
            form.password.errors = [labels.sentence(error)]
        except ProviderFailed as error:
            return _refused(error, "")
    page = render_template("console/link_provider.html", form=form, address=address)
    return page, 422 if form.errors else 200


@blueprint.post("/account/provider/unlink")
def unlink_provider() -> ResponseReturnValue:
    if linking.is_only_way(signed_in().officer.role, tools=tools()):
        raise InvalidAction("this role has no other way in")
    with transaction(engine()) as database:
        linking.unlink(database, viewer().id, by=viewer().id, keep=signed_in().sign_in_id, tools=tools())
    flash("已经解除关联，其他地方的登录都已退出")
    return redirect(url_for("console.account"), 303)


@blueprint.route("/officers/<int:officer_id>/provider", methods=["GET", "POST"])
def officer_link(officer_id: int) -> ResponseReturnValue:
    """The admin enters an officer's subject, or sees that there is one."""
    _provider()
    form = SubjectForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                found = linking.enter(database, officer_id, form.subject.data or "", by=viewer().id, tools=tools())
            flash(f"已经填写；{found.name}第一次用统一身份认证登录时，填一次密码就生效")
            return redirect(url_for("console.officers"), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    with reading(engine()) as database:
        officer = identity.colleague(database, officer_id, of=viewer().id)
        page = render_template(
            "console/officer_link.html", form=form, button=ActionForm(), officer=officer,
            link=linking.of(database, officer_id, tools=tools()),
        )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.post("/officers/<int:officer_id>/provider/unlink")
def unlink_officer(officer_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        found = linking.unlink(database, officer_id, by=viewer().id, tools=tools())
    flash(f"{found.name}的关联已经解除，登录都已退出")
    return redirect(url_for("console.officers"), 303)


@blueprint.get("/signed-out")
@limit
def signed_out() -> ResponseReturnValue:
    """After the sign-out of one who came from the provider: the way to end its session too, where it announces one."""
    provider, address = _provider(), ""
    try:
        address = provider.end_session(tools().settings.address + url_for("console.sign_in"))
    except ProviderFailed as error:
        log.warning("identity provider failed", problem=error.problem)
    return render_template("console/signed_out.html", address=address)


def _ask(target: str, officer_id: int | None) -> str:
    """Where the provider asks who somebody is; what comes back belongs to this session alone. Raises ProviderFailed."""
    state = oidc.new_state()
    address = _provider().address(state, _back(), again=officer_id is not None)
    session["asked"] = (state, int(tools().now().timestamp()), target, officer_id)
    return address


def _asked() -> tuple[str, str, int | None]:
    """State, target and linking officer of what this session asked, once. Raises ProviderFailed."""
    state, at, target, officer_id = session.get("asked", ("", 0, "", None))
    if not state or request.args.get("state") != state:
        raise ProviderFailed("state")
    del session["asked"]
    if not 0 <= tools().now().timestamp() - at <= AWAY:
        raise ProviderFailed("expired")
    return state, target, officer_id


def _enter(vouched: oidc.Vouched, target: str) -> ResponseReturnValue:
    with transaction(engine()) as database:
        found = linking.named(database, vouched.subject, tools=tools())
        if found.confirmed_at:
            return admit(database, found.officer, target, vouched=vouched.factor)
    session.clear()
    at = int(tools().now().timestamp())
    session["confirming"] = (found.officer_id, linking.mark(found.subject), at, vouched.factor)
    return redirect(url_for("console.confirm_link", next=target or None), 303)


def _link(officer_id: int, vouched: oidc.Vouched) -> ResponseReturnValue:
    if not signed_in().is_authenticated or signed_in().officer.id != officer_id:
        raise ProviderFailed("link_lost")
    with transaction(engine()) as database:
        linking.link(database, officer_id, vouched.subject, tools=tools())
    flash("已经关联，下次可以用统一身份认证登录")
    return redirect(url_for("console.account"), 303)


def _refused(error: ProviderFailed, target: str) -> ResponseReturnValue:
    """The sentence on the sign-in page, or on the account's for whoever is signed in; the log says which, of nobody."""
    log.warning("identity provider failed", problem=error.problem)
    if signed_in().is_authenticated:
        flash(labels.sentence(error))
        return redirect(url_for("console.account"), 303)
    session.pop("confirming", None)
    session["refusal"] = error.problem
    return redirect(url_for("console.sign_in", next=target or None), 303)


def _provider() -> oidc.Provider:
    return oidc.configured(tools().settings) or abort(404)


def _back() -> str:
    return tools().settings.address + url_for("console.provider_answer")
