"""Who may enter which view. An endpoint that is not in ACCESS is shut to everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.routing import Rule

from intake.models import Officer, Scope
from intake.rules.workflow import READERS, Role
from intake.services.keys import OPENERS

#: Anybody; nothing is asked.
PUBLIC = frozenset[Role]()
_FILE = 20 * 2**20
_FILES = 9 * _FILE + 2**20
#: Views that take files, with the bytes that a request to them may have.
UPLOADS = {
    "console.imports": _FILE + 2**20,
    "console.screen": _FILE + 2**20,
    "console.act": _FILES,
    "public.new_clue": _FILES,
    "public.clue": _FILES,
    "api.attach": _FILES,
    "open311.file": _FILES,
}
#: Views that take words and check the token of their own form, so that one refused comes back with all that was typed;
#: nothing there is secret. Only what one of our own pages sent comes so far (security.is_from_here).
KEEP_WORDS = frozenset({
    "console.act", "console.act_on_all", "console.arrival", "console.new_reply", "console.keep_filter", "console.leave",
    "console.notifications", "console.new_notice", "console.edit_notice", "console.new_officer", "console.new_rule",
    "console.systems",
})  # fmt: skip
EVERY_ROLE = frozenset(Role)
#: The other systems' door: nobody signs in there, a token with this scope is asked for (api/door.enter).
SYSTEMS = {
    "api.file_clue": Scope.FILE,
    "api.file_batch": Scope.FILE,
    "api.attach": Scope.FILE,
    "api.follow": Scope.FOLLOW,
    "api.add_words": Scope.FOLLOW,
    "api.assigned": Scope.READ,
    "api.assigned_clue": Scope.READ,
    "api.assigned_file": Scope.READ,
    "api.report": Scope.REPORT,
    "open311.file": Scope.FILE,
    "open311.one": Scope.FILE,
    "open311.several": Scope.FILE,
}
#: What of that door is open to all: descriptions, and nothing of a clue.
OPEN_TO_SYSTEMS = frozenset({"api.description", "open311.discovery", "open311.services"})
#: What opens to an officer who still has to set up the second factor that the installation requires.
_WITHOUT_FACTOR = frozenset({"console.second_factor", "console.begin_factor", "console.password", "console.sign_out"})
#: What opens to an officer who still has to change the first password.
_WITHOUT_CHANGE = frozenset({"console.password", "console.sign_out"})
_ADMIN = frozenset({Role.ADMIN})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_TAKE_IN = frozenset({Role.CLERK, Role.SUPERVISOR})
_RUN_NOTICES = frozenset({Role.SUPERVISOR, Role.ADMIN})
_NOTICES = _RUN_NOTICES | {Role.CLERK}
_WORDINGS = frozenset({Role.LEAD, Role.SUPERVISOR})
_REPORTS = frozenset({Role.CLERK, Role.LEAD, Role.SUPERVISOR})

ACCESS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(SYSTEMS, PUBLIC),
    **dict.fromkeys(OPEN_TO_SYSTEMS, PUBLIC),
    "static": PUBLIC,
    "public.home": PUBLIC,
    "public.notice": PUBLIC,
    "public.notice_qr": PUBLIC,
    "public.new_clue": PUBLIC,
    "public.regions": PUBLIC,
    "public.receipt": PUBLIC,
    "public.receipt_text": PUBLIC,
    "public.query": PUBLIC,
    "public.clue": PUBLIC,
    "public.leave": PUBLIC,
    "public.rate": PUBLIC,
    "public.reopen": PUBLIC,
    "public.chain": PUBLIC,
    "public.clue_proof": PUBLIC,
    "public.privacy": PUBLIC,
    "public.figures": PUBLIC,
    "public.figures_of": PUBLIC,
    "public.open_data": PUBLIC,
    "public.healthz": PUBLIC,
    "public.readyz": PUBLIC,
    "public.metrics": PUBLIC,  # behind a token of its own
    "console.sign_in": PUBLIC,
    "console.sign_in_code": PUBLIC,
    "console.begin_provider": PUBLIC,
    "console.provider_answer": PUBLIC,
    "console.confirm_link": PUBLIC,
    "console.signed_out": PUBLIC,
    "console.link_provider": EVERY_ROLE,
    "console.unlink_provider": EVERY_ROLE,
    "console.officer_link": _ADMIN,
    "console.unlink_officer": _ADMIN,
    "console.sign_out": EVERY_ROLE,
    "console.password": EVERY_ROLE,
    "console.account": EVERY_ROLE,
    "console.second_factor": EVERY_ROLE,
    "console.begin_factor": EVERY_ROLE,
    "console.remove_factor": EVERY_ROLE,
    "console.recovery_codes": EVERY_ROLE,
    "console.end_sign_in": EVERY_ROLE,
    "console.end_other_sign_ins": EVERY_ROLE,
    "console.home": EVERY_ROLE,
    "console.queue": READERS,
    "console.clues": READERS,
    "console.clue": READERS,
    "console.attachment": READERS,
    "console.attachment_page": READERS,
    "console.act": READERS,
    "console.undo": READERS,
    "console.undo_all": _TAKE_IN,
    "console.due": READERS,
    "console.compare": READERS,
    "console.clusters": READERS,
    "console.cluster": READERS,
    "console.provision": READERS,
    "console.contact": OPENERS,
    "console.grants": OPENERS,
    "console.report": _REPORTS,
    "console.report_file": _REPORTS,
    "console.report_draft": _SUPERVISOR,
    "console.report_issue": _SUPERVISOR,
    "console.report_correct": _SUPERVISOR,
    "console.reports": _REPORTS,
    "console.report_of": READERS,
    "console.dashboard": _SUPERVISOR,
    "console.arrival": _TAKE_IN,
    "console.imports": _TAKE_IN,
    "console.import_batch": _TAKE_IN,
    "console.refused_rows": _TAKE_IN,
    "console.forget_import": _TAKE_IN,
    "console.screen": _TAKE_IN,
    "console.leave": READERS,
    "console.end_leave": READERS,
    "console.stand_in": READERS,
    "console.hand_over": _ADMIN,
    "console.replies": _WORDINGS,
    "console.new_reply": _WORDINGS,
    "console.drop_reply": _WORDINGS,
    "console.keep_filter": READERS,
    "console.drop_filter": READERS,
    "console.holds": _TAKE_IN,
    "console.release": _TAKE_IN,
    "console.bulk": _TAKE_IN,
    "console.act_on_all": _TAKE_IN,
    "console.notifications": READERS,
    "console.robots": _ADMIN,
    "console.robot": _ADMIN,
    "console.notices": _NOTICES,
    "console.notice": _NOTICES,
    "console.notice_poster": _NOTICES,
    "console.new_notice": _RUN_NOTICES,
    "console.edit_notice": _RUN_NOTICES,
    "console.notice_step": _RUN_NOTICES,
    "console.offices": _ADMIN,
    "console.office": _ADMIN,
    "console.officers": _ADMIN,
    "console.new_officer": _ADMIN,
    "console.account_of": _ADMIN,
    "console.officer": _ADMIN,
    "console.reset_factor": _ADMIN,
    "console.reset_password": _ADMIN,
    "console.end_sign_ins": _ADMIN,
    "console.routing": _ADMIN,
    "console.matrix": _ADMIN,
    "console.new_rule": _ADMIN,
    "console.end_rule": _ADMIN,
    "console.model": frozenset({Role.ADMIN, Role.AUDITOR}),
    "console.audit": frozenset({Role.AUDITOR}),
    "console.audit_file": frozenset({Role.AUDITOR}),
    "console.systems": _ADMIN,
    "console.revoke_system": _ADMIN,
}


def as_markdown(rules: Iterable[Rule]) -> str:
    """Every address of the application with the roles that may enter it, as the table of docs/access.md."""
    head = ["address", "methods", "token", "everybody", *(role.value for role in Role)]
    rows = sorted((rule.rule, " ".join(sorted((rule.methods or set()) & {"GET", "POST"})), rule.endpoint) for rule in rules)
    lines = [head, ["---"] * len(head)]
    for address, methods, endpoint in rows:
        roles = ACCESS[endpoint]
        scope = SYSTEMS.get(endpoint)
        may = [f"`{scope.value}`" if scope else "", "yes" if roles is PUBLIC and not scope else "", *("yes" if role in roles else "" for role in Role)]
        lines.append([f"`{address}`", methods, *may])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def check() -> ResponseReturnValue | None:
    """Before every request: let in whom ACCESS names, send strangers to the sign-in, answer 404 to the rest.

    What a stranger posts is answered with 401, which shows it to him again: his sign-in may have ended while he wrote.
    """
    if request.endpoint is None:
        return None
    roles = ACCESS.get(request.endpoint)
    if roles is None:
        abort(404)
    if roles is PUBLIC:
        return None
    if first := _first():
        if request.method == "POST" and request.endpoint != "console.sign_out":
            abort(401)
        return redirect(first)
    if current_user.viewer.role not in roles:
        abort(404)
    return None


def _first() -> str:
    """The address where the one who asks has something to do before he may enter anything else; "" where there is nothing."""
    if not current_user.is_authenticated:
        return url_for("console.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if cast(Officer, current_user.officer).must_change_password and request.endpoint not in _WITHOUT_CHANGE:
        return url_for("console.password")
    if current_user.lacks_factor and request.endpoint not in _WITHOUT_FACTOR:
        return url_for("console.second_factor")
    return ""
