"""Officers are told by mail and robot: numbers and a link, after the commit, again when it fails, never those recused."""

from __future__ import annotations

import _socket
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import delete, select
from standardwebhooks import Webhook, WebhookVerificationError

from intake import channels, config, jobs, labels, models, sealing
from intake.channels import is_outside, post
from intake.db import reading, transaction
from intake.errors import DeliveryFailed, ImportedBefore, InvalidInput
from intake.models import AuditEntry, Clue, Contact, Event, MessageKind, Office, Officer, Outgoing, Pace, Robot
from intake.rules import robots
from intake.rules.robots import Letter
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role
from intake.services import (
    contacts,
    identity,
    keyring,
    keys,
    notify,
    recusing,
    reporter,
    staffing,
    systems,
    triage,
    undoing,
    webhooks,
)
from intake.tools import Tools
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE
from tests.dawdlers import dripping
from tests.processes import free_port


class Postbox:
    """What an SMTP server on loopback was given; `refuses` makes it answer 451; it knows no mailbox nobody@ and is a boor at leaving."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []
        self.raw = b""
        self.refuses = False

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_QUIT(self, server, session, envelope) -> str:
        return "421 closing"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuses:
            return "451 later"
        self.raw += envelope.content
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail["Subject"], mail.get_content()))
        return "250 taken"


class Group:
    """A robot on loopback: what was posted to it, and what it answers."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict]] = []
        self.raw: list[tuple[bytes, Message]] = []
        self.status, self.answer, self.location = 200, {"errcode": 0}, ""
        group = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                group.posts.append((self.path, json.loads(raw)))
                group.raw.append((raw, self.headers))
                self.send_response(group.status)
                if group.location:
                    self.send_header("Location", group.location)
                self.end_headers()
                self.wfile.write(json.dumps(group.answer).encode())

            def log_message(self, *arguments: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    box.server = Controller(box, hostname="127.0.0.1", port=free_port())
    box.server.start()
    yield box
    if box.server.server:
        box.server.stop()


@pytest.fixture
def group() -> Iterator[Group]:
    made = Group()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def settings(settings, postbox, group) -> dict[str, object]:
    mail = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": postbox.server.port,
        "SMTP_TLS": "none",
        "SMTP_FROM": "songbang@example.cn",
    }
    return settings | mail | {"PUBLIC_URL": "https://songbang.example.cn", "ROBOT_ORIGINS": group.origin}


def add(session, tools, role, remit="task_force", pace=Pace.AT_ONCE, **events):
    """An officer of 丹徒 with a mail address, told of everything at once."""
    who = make.officer(session, tools, role, "321112", remit)
    paces = {event: events.get(event.value, pace) for event in notify.USUAL}
    notify.choose(session, who, f"{who.username}@example.cn", paces, tools=tools)
    session.flush()
    return who


def deliver(database, tools) -> int:
    return jobs.deliver(database, tools)


def test_whose_turn_it_is_gets_a_number_and_a_link_and_no_word_of_the_clue(database, tools, postbox):
    with transaction(database) as session:
        clerk = add(session, tools, Role.CLERK)
        handler = add(session, tools, Role.HANDLER, "cyberspace")
        lead = add(session, tools, Role.LEAD, "cyberspace")
        clue = make.clue(session, tools, title="早八签到")
        number, names = clue.number, [one.username for one in (clerk, handler, lead)]
        deciding = make.viewer(session, tools, Role.CLERK, "321112")
    assert postbox.mails == [], "nothing leaves before the commit"
    assert deliver(database, tools) == 1
    with transaction(database) as session:
        make.act(session, session.scalars(select(Clue)).one(), Action.ASSIGN, deciding, tools, category="checkins")
    assert deliver(database, tools) == 1
    told = [(to.split("@")[0], text) for to, _, text in postbox.mails]
    assert [to for to, _ in told] == names[:2]
    for to, text in told:
        assert text.splitlines() == [
            f"新到待办 1 条：{number}",
            f"请登录办理：https://songbang.example.cn/console/clues/{number}",
        ], to
    for word in ("签到", "街道", "早八", "checkins"):
        assert word not in str(postbox.mails)
        assert word.encode() not in postbox.raw
    with reading(database) as session:
        rows = session.execute(select(Outgoing.__table__)).all()
        assert "签到" not in str(rows), "nor does it lie in what waits"


def test_the_office_above_hears_of_a_clue_it_takes_over(database, tools, postbox):
    with transaction(database) as session:
        deciding = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        above = make.officer(session, tools, Role.CLERK, "321100")
        notify.choose(session, above, "above@example.cn", dict.fromkeys(notify.USUAL, Pace.AT_ONCE), tools=tools)
        clue = make.clue(session, tools)
        whom = f"office-{clue.intake_office_id}"
        make.act(session, clue, Action.RECUSE, deciding, tools, whom=whom, text="合署办公")
    assert deliver(database, tools) == 1
    assert [to for to, _, _ in postbox.mails] == ["above@example.cn"]


def test_an_answer_and_a_supervision_are_told_and_nobody_of_what_he_did_himself(database, tools, postbox):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        handler = add(session, tools, Role.HANDLER, "cyberspace", arrived=Pace.NEVER)
        lead = add(session, tools, Role.LEAD, "cyberspace")
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, clue, Action.SUPERVISE, supervisor, tools, text="请抓紧")
        reporter.add_words(session, clue, "现在改成每天两次了", tools=tools)
        handler, lead = handler.email, lead.email
    assert deliver(database, tools) == 2
    assert sorted((to, [line.split(" ")[0] for line in text.splitlines()[:-1]]) for to, _, text in postbox.mails) == [
        (handler, ["反映人有补充", "被督办"]), (lead, ["被督办"])
    ]  # fmt: skip
    assert "请抓紧".encode() not in postbox.raw


def test_what_is_asked_for_daily_comes_as_one_mail_in_the_morning(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK, pace=Pace.DAILY)
        numbers = [make.clue(session, tools).number for _ in range(3)]
    assert deliver(database, tools) == 0
    clock.now += timedelta(hours=19, minutes=59)  # 07:59 in China
    assert deliver(database, tools) == 0
    clock.now += timedelta(minutes=1)
    assert deliver(database, tools) == 1
    assert postbox.mails[0][2].splitlines()[0] == f"新到待办 3 条：{'、'.join(numbers)}"
    assert postbox.mails[0][2].splitlines()[-1].endswith("/console/queue")
    assert deliver(database, tools) == 0


def test_what_is_late_is_told_to_the_office_and_the_supervisor(database, tools, clock, postbox):
    with transaction(database) as session:
        supervisor = add(session, tools, Role.SUPERVISOR)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        handler = add(session, tools, Role.HANDLER, "cyberspace")
        wanted = {supervisor.email, handler.email}
    clock.now += timedelta(days=30)
    jobs.remind(database, tools)
    assert deliver(database, tools) == 2
    assert {to for to, _, text in postbox.mails if text.startswith("已经逾期 1 条")} == wanted


def test_what_does_not_hold_any_more_is_dropped(database, tools, postbox):
    """Done, declared recused, account closed, not wanted: all since the event, before the mail left."""
    with transaction(database) as session:
        clerk, other, gone, quiet = (add(session, tools, Role.CLERK) for _ in range(4))
        first, second = make.clue(session, tools), make.clue(session, tools)
        view = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, first, Action.REJECT, view, tools, reason="rights", text="请拨打 12345")
        own = identity.viewer(clerk)
        make.act(session, second, Action.RECUSE, own, tools, whom="me", text="当事人是亲属")
        gone.active = False
        notify.choose(session, quiet, quiet.email, {Event.ARRIVED: Pace.NEVER}, tools=tools)
        wanted = [(other.email, second.number)]
    assert deliver(database, tools) == 1
    assert [(to, text.splitlines()[0].split("：")[1]) for to, _, text in postbox.mails] == wanted
    with reading(database) as session:
        rows = session.scalars(select(Outgoing)).all()
        assert len(rows) == 8
        assert sum(row.dropped_at is not None for row in rows) == 7


def test_the_one_who_stands_in_is_told_too(database, tools, postbox):
    with transaction(database) as session:
        away = make.officer(session, tools, Role.CLERK, "321112")
        stands_in = add(session, tools, Role.SUPERVISOR)
        today = tools.today()
        staffing.delegate(session, away, str(stands_in.id), today, today, by=away.id, tools=tools)
        notify.choose(session, away, "away@example.cn", {Event.ARRIVED: Pace.AT_ONCE}, tools=tools)
        make.clue(session, tools)
        wanted = {"away@example.cn", stands_in.email}
    deliver(database, tools)
    assert {to for to, _, _ in postbox.mails} == wanted


def test_a_mail_that_is_refused_is_tried_again_with_growing_pauses_and_given_up(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK)
        make.clue(session, tools)
    postbox.refuses = True
    waits = []
    for attempt in range(1, notify.ATTEMPTS + 1):
        assert deliver(database, tools) == 0
        with reading(database) as session:
            row = session.scalars(select(Outgoing)).one()
            assert (row.attempts, row.problem) == (attempt, "refused")
            waits.append((row.not_before - clock.now).total_seconds() / 60)
            clock.now = max(clock.now, row.not_before)
    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    postbox.refuses = False
    clock.now += timedelta(days=1)
    assert (deliver(database, tools), postbox.mails) == (0, [])


def test_what_cannot_be_sent_keeps_no_other_waiting_and_is_given_up(database, tools, clock, postbox, group):
    """One program sealed under a key that is gone and one with a broken secret, a mailbox that is refused, an address taken away."""
    with transaction(database) as session:
        for _ in range(2):
            program(session, tools, group, make.office(session, "321112", "task_force"))
        locked, broken = session.scalars(select(models.Webhook).order_by(models.Webhook.id))
        locked.sealed = keyring.seal((bytes(32),), "webhook", {"address": "", "secret": ""})
        broken.sealed = keyring.seal(tools.settings.webhook_keys, "webhook", {"address": group.origin, "secret": "whsec_a"})
        refused, gone, well = (add(session, tools, Role.CLERK) for _ in range(3))
        refused.email = "nobody@example.cn"
        make.clue(session, tools)
        gone.email, wanted = "", well.email
    assert deliver(database, tools) == 1
    assert [to for to, _, _ in postbox.mails] == [wanted]
    with reading(database) as session:
        dropped = {row.problem: row.dropped_at is not None for row in session.scalars(select(Outgoing))}
    assert dropped == {"key_gone": False, "fault": False, "refused": False, "no_address": True, "": False}
    assert set(dropped) <= set(labels.DELIVERY_PROBLEMS)
    for _ in range(notify.ATTEMPTS):
        clock.now += timedelta(hours=6)
        deliver(database, tools)
    with reading(database) as session:
        assert sorted((row.attempts, row.dropped_at is None) for row in session.scalars(select(Outgoing))) == [
            (1, False), (1, True), *[(notify.ATTEMPTS, False)] * 3
        ]  # fmt: skip


def test_a_server_that_is_away_for_a_while_loses_nothing(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK)
        make.clue(session, tools)
    postbox.server.stop()
    assert deliver(database, tools) == 0
    with reading(database) as session:
        assert session.scalars(select(Outgoing.problem)).one() == "unreachable"
    box = Postbox()
    port = tools.settings.number("SMTP_PORT")
    back = Controller(box, hostname="127.0.0.1", port=port)
    back.start()
    clock.now += timedelta(minutes=2)
    assert deliver(database, tools) == 1
    back.stop()
    assert len(box.mails) == 1


def test_what_cannot_be_delivered_counts_from_when_it_was_due_however_often_it_is_tried(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK, pace=Pace.DAILY)
        make.clue(session, tools)
    clock.now += timedelta(hours=2)
    with reading(database) as session:
        assert notify.stuck(session, tools=tools) == (0, timedelta()), "tomorrow's summary is not late"
        due = session.scalars(select(Outgoing.not_before)).one()
    postbox.server.stop()
    clock.now = due
    for _ in range(7):  # after 1, 2, 4 … 64 minutes
        assert deliver(database, tools) == 0
        with reading(database) as session:
            clock.now = session.scalars(select(Outgoing.not_before)).one()
            assert notify.stuck(session, tools=tools) == (1, clock.now - due)
    assert clock.now - due == timedelta(minutes=127)


def test_a_worker_that_died_with_a_message_in_hand_is_followed_by_another(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK)
        make.clue(session, tools)
    with transaction(database) as session:
        assert notify.claim(session, tools=tools)
    assert deliver(database, tools) == 0, "nobody else takes it meanwhile"
    clock.now += notify.LEASE + timedelta(seconds=1)
    assert deliver(database, tools) == 1


@pytest.mark.parametrize("robot", sorted(robots.ORIGINS))
def test_the_robot_of_an_office_tells_its_group(database, tools, group, robot):
    with transaction(database) as session:
        admin = make.officer(session, tools, Role.ADMIN, "321112")
        office = make.office(session, "321112", "task_force")
        hook = webhooks.add(
            session, str(office.id), Robot(robot), f"{group.origin}/send?key=abcd1234", "SEC1", Pace.AT_ONCE, by=admin.id,
            tools=tools,
        )  # fmt: skip
        assert hook.shown == f"{group.origin[7:]}/…1234"
        assert b"abcd1234" not in hook.sealed
        number = make.clue(session, tools).number
    assert deliver(database, tools) == 1
    [(path, body)] = group.posts
    assert path.startswith("/send?key=abcd1234")
    assert f"新到待办 1 条：{number}" in json.dumps(body, ensure_ascii=False)
    assert "签到" not in json.dumps(body, ensure_ascii=False)


def test_a_robot_is_silent_about_a_clue_from_which_one_of_its_people_is_recused(database, tools, group):
    with transaction(database) as session:
        admin, clerk = (make.officer(session, tools, role, "321112") for role in (Role.ADMIN, Role.CLERK))
        office, address = str(clerk.office_id), f"{group.origin}/send"
        webhooks.add(session, office, Robot.WECOM, address, "", Pace.AT_ONCE, by=admin.id, tools=tools)
        clue = make.clue(session, tools)
        make.act(session, clue, Action.RECUSE, identity.viewer(clerk), tools, whom="me", text="当事人是亲属")
    assert (deliver(database, tools), group.posts) == (0, [])


def program(session, tools, group, office: Office) -> str:
    """A program of an office that is told at once; returns its secret."""
    by, secret = make.officer(session, tools, Role.ADMIN, "321112").id, webhooks.new_secret()
    webhooks.add(session, str(office.id), Robot.PROGRAM, f"{group.origin}/told", secret, Pace.AT_ONCE, by=by, tools=tools)
    return secret


def test_a_program_is_told_every_state_in_signed_words_and_no_word_of_the_clue(database, tools, group, clock):
    clock.now = datetime.now(UTC).replace(microsecond=0)  # the verifier refuses what is older than five minutes
    group.answer = {}
    with transaction(database) as session:
        secret = program(session, tools, group, make.office(session, "321112", "task_force"))
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, title="早八签到")
        number = clue.number
    assert deliver(database, tools) == 1
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        make.act(session, clue, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
        version = clue.version
    assert deliver(database, tools) == 1
    known = [Webhook(secret).verify(raw, dict(headers)) for raw, headers in group.raw]
    assert [[(one["event"], one["number"], one["state"]) for one in told["data"]] for told in known] == [
        [("arrived", number, "received")], [("changed", number, "rejected")],
    ]  # fmt: skip
    assert known[1]["data"][0]["version"] == version
    assert "签到" not in json.dumps(known, ensure_ascii=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.new_secret()).verify(group.raw[0][0], dict(group.raw[0][1]))


def test_who_brought_a_clue_from_elsewhere_is_told_how_it_goes_on_by_its_own_number(database, tools, group):
    with transaction(database) as session:
        hotline, other = (make.office(session, "321112", remit) for remit in ("data_services", "education"))
        program(session, tools, group, hotline)
        program(session, tools, group, other)
        face = make.viewer(session, tools, Role.HANDLER, "321112", "data_services")
        filed = systems.file(session, make.submission(), "GD-20261126-7", face, tools=tools)
        triage.triage(session, filed.id, tools=tools)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, filed, Action.ASSIGN, clerk, tools, category="checkins", office=str(make.office(session, "321112", "cyberspace").id))
    assert deliver(database, tools) == 1, "the other office has no part in it"
    [(_, body)] = group.posts
    assert [(one["event"], one["external_number"], one["state"]) for one in body["data"]] == [("changed", "GD-20261126-7", "assigned")]


def test_who_brought_a_clue_hears_no_more_of_it_once_it_is_recused(database, tools, group):
    with transaction(database) as session:
        hotline = make.office(session, "321112", "data_services")
        program(session, tools, group, hotline)
        face = make.viewer(session, tools, Role.HANDLER, "321112", "data_services")
        filed = systems.file(session, make.submission(), "GD-20261126-8", face, tools=tools)
        triage.triage(session, filed.id, tools=tools)
        assert [clue.id for clue, _ in systems.brought(session, face, numbers=[filed.number])] == [filed.id]
        for told in (filed.number, ""):
            with pytest.raises(ImportedBefore) as error:
                systems.file(session, make.submission(), "GD-20261126-8", face, tools=tools)
            assert error.value.number == told
            recusing.hide_from_office(session, filed, hotline.id, tools)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, filed, Action.ASSIGN, clerk, tools, category="checkins", office=str(make.office(session, "321112", "cyberspace").id))
        assert systems.brought(session, face, numbers=[filed.number]) == []
    assert (deliver(database, tools), group.posts) == (0, [])


def test_a_message_to_a_program_that_failed_comes_again_with_the_same_number(database, tools, group, clock):
    """What happened meanwhile, and is due by then as well, comes in a message of its own."""
    with transaction(database) as session:
        program(session, tools, group, make.office(session, "321112", "task_force"))
        numbers = [make.clue(session, tools).number for _ in range(2)]
    group.status = 503
    assert deliver(database, tools) == 0
    with transaction(database) as session:
        numbers.append(make.clue(session, tools).number)
    group.status = 204
    clock.now += timedelta(minutes=2)
    assert deliver(database, tools) == 2
    assert [[one["number"] for one in body["data"]] for _, body in group.posts] == [numbers[:2], numbers[2:], numbers[:2]]
    first, other, again = (headers for _, headers in group.raw)
    assert first["webhook-id"] == again["webhook-id"] != other["webhook-id"]
    assert first["webhook-timestamp"] != again["webhook-timestamp"]
    assert first["webhook-signature"] != again["webhook-signature"]


@pytest.mark.parametrize("address", ["http://program.example.cn/told", "https://a@program.example.cn/told", "https:///told", "https://program.example.cn"])
def test_a_program_is_entered_behind_tls_only(address):
    with pytest.raises(InvalidInput):
        robots.check_address("program", address, ())
    robots.check_address("program", "https://program.example.cn/told", ())


def test_a_robot_that_says_no_or_sends_elsewhere_is_not_believed(database, tools, group):
    letter = Letter(f"{group.origin}/send", {})
    own = frozenset({group.origin})
    for group.answer in ({"errcode": 310000}, [0], "好"):
        with pytest.raises(DeliveryFailed, match="refused"):
            post(letter, own)
    group.status, group.location, group.answer = 302, f"{group.origin}/other", {"errcode": 0}
    with pytest.raises(DeliveryFailed, match="refused"):
        post(letter, own)
    assert {path for path, _ in group.posts} == {"/send"}


def test_who_drips_an_answer_is_left_when_the_time_is_over(monkeypatch):
    monkeypatch.setattr(channels, "SECONDS", 0.3)
    with dripping() as origin:
        began = time.monotonic()
        with pytest.raises(DeliveryFailed, match="unreachable"):
            post(Letter(f"{origin}/told", {}, by_status=True), frozenset({origin}))
        assert time.monotonic() - began < 3


def test_nothing_is_posted_into_a_network_of_its_own(group):
    """An address at a maker's name that leads inside: looked up, not spoken to."""
    with pytest.raises(DeliveryFailed, match="blocked"):
        post(Letter(f"{group.origin}/send", {}), frozenset())
    assert group.posts == []


INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.2.1",
    "198.18.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fd00::1", "ff02::1",
    "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1",
)  # fmt: skip


def answering(monkeypatch, *answers: tuple[str, ...]) -> None:
    """The names' server gives these addresses, each time the next ones."""
    left = list(answers)
    monkeypatch.setattr("intake.channels.socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (one, 0)) for one in left.pop(0)])


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_a_network_is_spoken_to_however_it_is_written(monkeypatch, address):
    for answer in ((address,), ("93.184.216.34", address), (address, "2606:2800:220:1::1")):
        answering(monkeypatch, answer)
        with pytest.raises(DeliveryFailed, match="blocked"):
            post(Letter("https://open.feishu.cn/hook/x", {}), frozenset())


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "2002:5db8:d822::"])
def test_addresses_of_the_open_internet_are_spoken_to(address):
    assert is_outside(address)


def test_a_name_that_changes_its_meaning_is_spoken_to_where_it_was_looked_at(monkeypatch):
    """DNS rebinding: a second look would lead inside; there is none, and the certificate must be the name's."""
    dialled = []

    def dial(address, *_, **__) -> None:
        dialled.append(address)
        raise OSError

    answering(monkeypatch, ("93.184.216.34",), ("127.0.0.1",))
    monkeypatch.setattr("urllib3.util.connection.create_connection", dial)
    with pytest.raises(DeliveryFailed, match="unreachable"):
        post(Letter("https://open.feishu.cn/hook/x", {}), frozenset())
    assert dialled == [("93.184.216.34", 443)]


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "0177.0.0.1", "127.1", "localhost", "[::1]", "①②⑦.0.0.1"])
def test_odd_spellings_of_this_machine_are_neither_entered_nor_spoken_to(monkeypatch, host):
    monkeypatch.setattr("intake.channels.socket.getaddrinfo", _socket.getaddrinfo)  # numbers only: nothing leaves the machine
    with pytest.raises(InvalidInput):
        robots.check_address("feishu", f"https://{host}/hook/x", ())
    with pytest.raises(DeliveryFailed, match=r"blocked|unreachable"):
        post(Letter(f"https://{host}/hook/x", {}), frozenset())


def test_only_addresses_of_the_makers_are_entered(database, tools, group):
    with transaction(database) as session:
        office = make.office(session, "321112", "task_force")
        with pytest.raises(InvalidInput) as error:
            webhooks.add(
                session, str(office.id), Robot.WECOM, "https://127.0.0.1/x", "", Pace.AT_ONCE, by=office.id, tools=tools
            )
    assert error.value.problem == "robot_address"


def test_without_a_mail_server_nothing_piles_up(database, settings, clock):
    tools = Tools(config.load(settings | {"SMTP_HOST": ""}), clock=clock)
    with transaction(database) as session:
        add(session, tools, Role.CLERK)
        make.clue(session, tools)
        assert session.scalars(select(Outgoing)).all() == []
        assert session.scalars(select(Officer.email).where(Officer.email != "")).all()


def test_the_record_of_what_was_sent_is_forgotten_after_a_month(database, tools, clock, postbox):
    with transaction(database) as session:
        add(session, tools, Role.CLERK)
        make.clue(session, tools)
    deliver(database, tools)
    for days, left in ((29, 1), (2, 0)):
        clock.now += timedelta(days=days)
        jobs.forget(database, tools)
        with reading(database) as session:
            assert len(session.scalars(select(Outgoing)).all()) == left


#: What a reporter leaves who wants to hear by mail.
REACHABLE = {"name": "王某", "way": "13800000000", "mail": "wang@home.example"}
NEWS = "您的查询码下有新消息。请打开下面的网址，输入查询码查看：\nhttps://songbang.example.cn/query\n\n这封邮件由系统自动发出，请不要回复。\n"


def test_a_reporter_hears_of_acceptance_question_and_answer_and_of_nothing_else(database, tools, postbox, clock):
    with transaction(database) as session:
        clerk, handler, lead = (
            make.viewer(session, tools, role, "321112", remit)
            for role, remit in ((Role.CLERK, "task_force"), (Role.HANDLER, "cyberspace"), (Role.LEAD, "cyberspace"))
        )
        clue = make.clue(session, tools, contact=REACHABLE)
        make.clue(session, tools, contact=REACHABLE | {"mail": ""})
        number, clue_id = clue.number, clue.id
    steps = [
        (Action.ASSIGN, clerk, {"category": "checkins"}, 1),
        (Action.SIGN, handler, {}, 0),
        (Action.NOTE, handler, {"text": "已去函"}, 0),
        (Action.ASK, handler, {"text": "哪个应用？"}, 1),
        (Action.CONCLUDE, handler, {"verdict": "partly", "measures": "停用", "answer": "已停用。"}, 0),
        (Action.APPROVE, lead, {}, 1),
    ]
    for action, who, words, mails in steps:
        with transaction(database) as session:
            make.act(session, session.get_one(Clue, clue_id), action, who, tools, **words)
        assert deliver(database, tools) == mails, action
    assert postbox.mails == [("wang@home.example", "您有一条新消息", NEWS)] * 3
    for word in (number, "王某", "哪个应用", "签到"):
        assert word not in str(postbox.mails)
        assert word.encode() not in postbox.raw
    with reading(database) as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "news_sent")).all()) == 3
        assert b"wang@home" not in str(session.execute(select(Outgoing.__table__)).all()).encode()


def test_an_answer_is_told_to_reporters_of_merged_clues_too(database, tools, postbox):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        main, other = make.clue(session, tools), make.clue(session, tools, contact=REACHABLE)
        make.act(session, other, Action.MERGE, clerk, tools, into=main.number, text="")
        make.act(session, main, Action.ASSIGN, clerk, tools, category="checkins")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
    assert deliver(database, tools) == 1, "that it was merged"
    with transaction(database) as session:
        main = session.get_one(Clue, main.id)
        make.act(session, main, Action.SIGN, handler, tools)
        make.act(session, main, Action.CONCLUDE, handler, tools, verdict="partly", measures="停用", answer="已停用。")
        make.act(session, main, Action.APPROVE, lead, tools)
    assert deliver(database, tools) == 1
    assert [to for to, _, _ in postbox.mails] == ["wang@home.example"] * 2


def test_an_answer_is_told_through_every_merging_before_it(database, tools, postbox):
    """The first was merged into the second, that into the third; then one into a clue that is closed."""
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler, lead = (make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD))
        first, second, third, late, last = (make.clue(session, tools, contact=REACHABLE | {"mail": f"{n}@home.example"}) for n in "abcde")
        make.act(session, first, Action.MERGE, clerk, tools, into=second.number, text="")
        make.act(session, second, Action.MERGE, clerk, tools, into=third.number, text="")
        make.act(session, late, Action.MERGE, clerk, tools, into=last.number, text="")
        make.act(session, third, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, third, Action.SIGN, handler, tools)
        make.act(session, third, Action.CONCLUDE, handler, tools, verdict="partly", measures="停用", answer="已停用。")
        session.execute(delete(Outgoing))
        make.act(session, third, Action.APPROVE, lead, tools)
        answered = session.scalars(select(models.Message.clue_id).where(models.Message.kind == MessageKind.ANSWER)).all()
        assert sorted(answered) == [first.id, second.id, third.id]
    assert deliver(database, tools) == 3
    assert sorted(to[0] for to, _, _ in postbox.mails) == ["a", "b", "c"]
    with transaction(database) as session:
        last, third = session.get_one(Clue, last.id), session.get_one(Clue, third.id)
        make.act(session, last, Action.MERGE, clerk, tools, into=third.number, text="")
    assert deliver(database, tools) == 2
    assert sorted(to[0] for to, _, _ in postbox.mails)[3:] == ["d", "e"]


def test_only_who_has_the_key_file_sends_to_reporters_and_a_deleted_address_gets_nothing(
    database, tools, settings, clock, postbox
):
    public = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        for _ in range(2):
            clue = make.clue(session, public, contact=REACHABLE)
            make.act(session, clue, Action.REJECT, clerk, public, reason="consumer", text="请拨打 12315。")
    assert deliver(database, public) == 0
    sealing.write_keys(tools.settings.text("CONTACT_KEY_FILE"), [bytes(32)])
    assert deliver(database, tools) == 0
    with reading(database) as session:
        problems = {row.problem for row in session.scalars(select(Outgoing).where(Outgoing.attempts > 0))}
        assert [labels.DELIVERY_PROBLEMS[one][:11] for one in problems] == ["密钥换过，地址打不开："]
    sealing.write_keys(tools.settings.text("CONTACT_KEY_FILE"), [CONTACT_PRIVATE])
    postbox.refuses = True
    assert deliver(database, tools) == 0
    postbox.refuses = False
    with transaction(database) as session:
        session.delete(session.get_one(Contact, clue.id))
    clock.now += timedelta(hours=1)
    assert deliver(database, tools) == 1, "tried again; the deleted one is dropped"
    with reading(database) as session:
        assert sorted(row.dropped_at is None for row in session.scalars(select(Outgoing))) == [False, True]
    clock.now += timedelta(days=tools.settings.number("CONTACT_DAYS"))
    jobs.forget(database, tools)
    with reading(database) as session:
        assert session.scalars(select(Contact)).all() == [], "retention takes the address with the rest"


def test_where_passwords_keep_the_key_no_reporter_is_written_to(database, tools, settings, clock, postbox):
    public = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    with transaction(database) as session:
        keys.rotate(session, CONTACT_PRIVATE, bytes(32), tools=public)
        assert not contacts.news_possible(session, public)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, public, contact=REACHABLE)
        make.act(session, clue, Action.REJECT, clerk, public, reason="consumer", text="请拨打 12315。")
        assert session.scalars(select(Outgoing)).all() == []


def test_a_rejection_its_withdrawal_and_a_transfer_are_told_to_reporters_of_merged_clues_too(database, tools, postbox):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        main, other = make.clue(session, tools), make.clue(session, tools, contact=REACHABLE)
        make.act(session, other, Action.MERGE, clerk, tools, into=main.number, text="")
        for step in ("reject", "undo", "transfer"):
            session.execute(delete(Outgoing))
            if step == "reject":
                make.act(session, main, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315。")
            elif step == "undo":
                undoing.undo(session, main, told={Action.REJECT: "继续办理。"}, officer=clerk, tools=tools)
            else:
                make.act(session, main, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
            assert session.scalars(select(Outgoing.clue_id).where(Outgoing.event.is_(None))).all() == [other.id], step
            session.refresh(main)


def test_a_rejection_taken_back_is_news_as_well(database, tools, postbox):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, contact=REACHABLE)
        make.act(session, clue, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315。")
        undoing.undo(session, clue, told={Action.REJECT: "继续办理。"}, officer=clerk, tools=tools)
    assert deliver(database, tools) == 1, "two in one"
    assert [to for to, _, _ in postbox.mails] == ["wang@home.example"]


def test_news_that_nobody_could_send_is_forgotten_after_a_month(database, tools, settings, clock, postbox):
    public = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, public, contact=REACHABLE)
        make.act(session, clue, Action.REJECT, clerk, public, reason="consumer", text="请拨打 12315。")
    for days, left in ((29, 1), (2, 0)):
        clock.now += timedelta(days=days)
        assert deliver(database, public) == 0
        jobs.forget(database, public)
        with reading(database) as session:
            assert len(session.scalars(select(Outgoing)).all()) == left


def test_a_clue_that_no_intake_office_could_be_found_for_is_told_to_those_at_home(database, tools, postbox):
    with transaction(database) as session:
        for office in session.scalars(select(Office)):
            office.is_home = False
        make.office(session, "321112", "task_force").is_home = True
        clerk = add(session, tools, Role.CLERK)
        clue = make.clue(session, tools, region_code="650100", accused_level=AccusedLevel.COUNTY_DEPT)
        assert clue.intake_office_id is None
    assert deliver(database, tools) == 1
    assert [to for to, _, _ in postbox.mails] == [f"{clerk.username}@example.cn"]
