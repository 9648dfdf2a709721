"""The worker: triage of what waits, again and again until it is done, and the periodic work of a day."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import structlog
from sqlalchemy import Engine

from intake import channels, labels
from intake.cleaning import ocr
from intake.db import reading, transaction
from intake.documents import pdf
from intake.errors import CalendarUnpublished, DeliveryFailed, NotFound, ScannerUnreachable
from intake.models import Attachment, Robot
from intake.rules import robots
from intake.services import (
    arrivals,
    attachments,
    contacts,
    holding,
    notify,
    pausing,
    preparing,
    proof,
    reminders,
    systems,
    triage,
    undoing,
    vault,
)  # fmt: skip
from intake.services.reports import board, freeze, month_before, parse_month
from intake.tools import Tools

log = structlog.get_logger()


@contextmanager
def _only_logged(said: str, **where: object) -> Iterator[None]:
    """What fails in this block is written to the log and stops nothing else; whoever does it tries again at the next round."""
    try:
        yield
    except Exception as error:
        log.error(said, **where, error=type(error).__name__)


def after_filing(engine: Engine, clue_id: int, tools: Tools) -> None:
    """Triage a clue right after its commit, or wake a worker that does; whatever goes wrong, the sweep will find it."""
    if tools.settings.text("TRIAGE") == "inline":
        _try(engine, clue_id, tools)
    else:
        tools.bell.ring()


def sweep(engine: Engine, tools: Tools) -> int:
    """Triage everything that waits; returns how many clues were done."""
    with reading(engine) as session:
        waiting = triage.pending(session)
    return sum(_try(engine, clue_id, tools) for clue_id in waiting)


def daily(engine: Engine, tools: Tools) -> int:
    """What is done once a day, whenever it is first asked for: drafts of last month's reports. Returns how many.

    From the month's first working day on; each office in its own transaction, several workers in different orders, and
    what comes in meanwhile does not wait for the last. The supervisor finds the draft on the queue page.
    """
    try:
        with reading(engine) as session:
            waiting = freeze.due(session, tools)
    except CalendarUnpublished as error:
        log.error("no drafts: the calendar is missing", year=error.year)
        return 0
    made = 0
    for office_id in random.sample(waiting, len(waiting)):  # an order, not a secret  # nosec B311
        made += _draft(engine, office_id, tools)
        sweep(engine, tools)
    return made


def _draft(engine: Engine, office_id: int, tools: Tools) -> bool:
    """One office's draft, unless there is one by now. Never raises: what fails is tried again at the next round and the log says why."""
    month = month_before(tools.today())
    with _only_logged("draft failed", office_id=office_id):
        with reading(engine) as session:
            if freeze.of_month(session, office_id, month):
                return False
            figures = freeze.counted(session, office_id, month, tools=tools)
        with transaction(engine) as session:
            if freeze.of_month(session, office_id, month):
                return False
            freeze.draft(session, figures, tools=tools)
        return True
    return False


def redraft(engine: Engine, tools: Tools) -> int:
    """Count the drafts again that nobody has issued, where clues of their months have been loaded since. Returns how many."""
    with reading(engine) as session:
        figures = [freeze.counted(session, r.office_id, parse_month(r.month, tools.today()), tools=tools) for r in freeze.drafts(session)]
    for counted in figures:
        with transaction(engine) as session:
            freeze.draft(session, counted, tools=tools)
    return len(figures)


def after_looking(engine: Engine, seen: board.Look, tools: Tools) -> None:
    """Note what a look at the running month tells, and wake a worker. Never raises: the figures are there already."""
    if not seen.news:
        return
    with _only_logged("look not noted", office_id=seen.figures.office_id):
        with transaction(engine) as session:
            board.note(session, seen, tools=tools)
        tools.bell.ring()


def boards(engine: Engine, tools: Tools) -> int:
    """Count the running month again for the offices that look at one that is kept. Returns how many."""
    with reading(engine) as session:
        waiting = board.due(session, tools)
    return sum(_board(engine, office_id, tools) for office_id in waiting)


def _board(engine: Engine, office_id: int, tools: Tools) -> bool:
    """One office's. Never raises: what fails is tried again after a while and the log says why."""
    with _only_logged("running month not counted", office_id=office_id):
        with transaction(engine) as session:
            if not board.claim(session, office_id, tools):
                return False
        with reading(engine) as session:
            counted = board.again(session, office_id, tools=tools)
        with transaction(engine) as session:
            board.note(session, counted, tools=tools)
        return True
    return False


def take_in(engine: Engine, batch_id: int, tools: Tools, chunks: int = 1000) -> None:
    """Take the rows of an imported spreadsheet in, at most so many chunks; each in its own transaction, then its triage."""
    for _ in range(chunks):
        with transaction(engine) as session:
            taken = arrivals.take_in(session, batch_id, tools=tools)
            left = batch_id in arrivals.waiting(session)
        for clue_id in taken:
            after_filing(engine, clue_id, tools)
        if not left:
            return


def imports(engine: Engine, tools: Tools) -> None:
    """Take in what spreadsheets still hold."""
    with reading(engine) as session:
        waiting = arrivals.waiting(session)
    for batch_id in waiting:
        with _only_logged("import failed", batch_id=batch_id):
            take_in(engine, batch_id, tools)


def forget(engine: Engine, tools: Tools) -> int:
    """Delete the contact data and the spreadsheets' cells whose time is over; returns how many contacts."""
    forget_files(engine, tools)
    with transaction(engine) as session:
        arrivals.forget(session, tools=tools)
        notify.forget(session, tools=tools)
        undoing.forget(session, tools=tools)
        systems.forget(session, tools=tools)
        return contacts.delete_expired(session, tools=tools)


def forget_files(engine: Engine, tools: Tools) -> None:
    """Delete files whose time is over, were never sent, or were sealed by a transaction that came to nothing a day ago."""
    with transaction(engine) as session:
        over = attachments.forget_staged(session, tools=tools) + attachments.delete_expired(session, tools=tools)
    vault.drop(over, tools)
    with reading(engine) as session:
        known = attachments.known(session)
    day_ago = tools.now() - timedelta(hours=attachments.STAGED_HOURS)
    vault.drop(vault.strays(known, day_ago.timestamp(), tools), tools)


def prepare_files(engine: Engine, tools: Tools, most: int = 5) -> int:
    """Scan, paint and read so many files that were sent; returns how many are ready now. One that does not open waits, and
    keeps none behind it waiting; without the scanner's answer all wait."""
    with reading(engine) as session:
        waiting = iter(preparing.waiting(session))
    done = 0
    try:
        while done < most and (found := next(waiting, None)):
            done += _prepare(engine, found, tools)
    except ScannerUnreachable:
        log.warning("files wait: the scanner does not answer")
    return done


def _prepare(engine: Engine, found: Attachment, tools: Tools) -> bool:
    """Whether one file is ready now. Raises ScannerUnreachable."""
    try:
        prepared = preparing.prepare(found, tools, ocr.reader(), pdf.convert if pdf.available() else None)
    except NotFound:
        log.error("file waits: it does not open", attachment_id=found.id)
        return False
    if prepared.failed:
        log.error("file not painted", attachment_id=found.id, error=prepared.failed)
    with transaction(engine) as session:
        names = preparing.settle(session, found.id, prepared, tools=tools)
    vault.drop(names, tools)
    return True


def publish_head(engine: Engine, tools: Tools) -> bool:
    """Publish the head of yesterday's audit chain; False if that is done already."""
    with transaction(engine) as session:
        return proof.publish(session, tools=tools)


def release_held(engine: Engine, tools: Tools) -> int:
    """Let go what was held for coming too fast and has waited long enough; returns how many clues."""
    with transaction(engine) as session:
        return holding.release_waited(session, tools=tools)


def resume_overlong(engine: Engine, tools: Tools) -> int:
    """Let clocks run again that waited for a reporter long enough; returns how many."""
    return _one_by_one(engine, tools, pausing.overlong, pausing.resume_overlong)


def set_due(engine: Engine, tools: Tools) -> int:
    """Give clues that came while the calendar was missing the due date that it gives now; returns how many."""
    return _one_by_one(engine, tools, triage.undated, triage.set_due)


def _one_by_one(engine: Engine, tools: Tools, waiting: Callable[..., Iterable[int]], do: Callable[..., bool]) -> int:
    """Do something with each clue that waits for it, in a transaction of its own; returns with how many it was done."""
    with reading(engine) as session:
        ids = waiting(session, tools=tools)
    done = 0
    for clue_id in ids:
        with transaction(engine) as session:
            done += do(session, clue_id, tools=tools)
    return done


def remind(engine: Engine, tools: Tools) -> int:
    """Remind offices of what is due soon and tell supervisors what is overdue; returns how many reminders were made."""
    made = 0
    while True:
        with transaction(engine) as session:
            batch = reminders.remind(session, tools=tools)
        made += batch
        if not batch:
            return made


def deliver(engine: Engine, tools: Tools, most: int = 100) -> int:
    """Send what officers are to be told, one message for each receiver; returns how many went out.

    A server that is down or lets nobody in ends the round: it holds up the worker once and not a hundred times. What one
    receiver refuses keeps no other waiting.
    """
    sent = 0
    for _ in range(most):
        problem = _send_next(engine, tools)
        if problem is None or problem in ("unreachable", "sign_in"):
            break
        sent += not problem
    return sent


def _send_next(engine: Engine, tools: Tools) -> str | None:
    """Send the next message; "" if it was taken, else the reason in a word, None when nothing is due."""
    with transaction(engine) as session:
        parcel = notify.claim(session, tools=tools)
    if parcel is None:
        return None
    problem = parcel.problem or "fault"
    if not parcel.problem:
        with _only_logged("message failed"):
            problem = _carry(parcel, tools)
    with transaction(engine) as session:
        notify.settle(session, parcel, problem, tools=tools)
    if problem:
        log.warning("message not delivered", problem=problem)
    return problem


def _carry(parcel: notify.Parcel, tools: Tools) -> str:
    """Hand a message over; "" if it was taken, else the reason in a word."""
    settings = tools.settings
    title = f"{settings.text('SITE_NAME')}：线索办理提醒" if parcel.told else labels.NEWS_TITLE
    text = labels.notification(parcel.told, settings.address) if parcel.told else labels.news(settings.address)
    try:
        if parcel.robot is None:
            channels.send_mail(settings, parcel.mail, title, text)
        else:
            channels.post(_letter(parcel, title, text, tools), settings.robot_origins)
    except DeliveryFailed as error:
        return error.problem
    return ""


def _letter(parcel: notify.Parcel, title: str, text: str, tools: Tools) -> robots.Letter:
    if parcel.robot is Robot.PROGRAM:
        number = f"msg_{parcel.ids[0]}_{parcel.ids[-1]}_{len(parcel.ids)}"
        return robots.program_letter(parcel.address, parcel.secret, number, parcel.facts, tools.now())
    return robots.letter(str(parcel.robot), parcel.address, parcel.secret, title, text, tools.now())


def run(engine: Engine, tools: Tools, stop: threading.Event, each: Callable[[int], None] = lambda done: None) -> None:
    """Sweep until `stop` is set, draft what is due, and delete once a day what is to be forgotten; `each` is told what every sweep did."""

    def swept(engine: Engine, tools: Tools) -> None:
        each(sweep(engine, tools))

    always, once_a_day = (imports, swept, prepare_files, daily, boards, release_held), (forget, publish_head, resume_overlong, set_due, remind)
    done = date.min
    while not stop.is_set():
        for duty in always:
            _duty(engine, tools, duty)
        if done != tools.today() and sum(_duty(engine, tools, duty) for duty in once_a_day) == len(once_a_day):
            done = tools.today()
        _duty(engine, tools, deliver)
        tools.bell.wait(stop, tools.settings.number("SWEEP_SECONDS"))


def _duty(engine: Engine, tools: Tools, duty: Callable[[Engine, Tools], object]) -> bool:
    """Whether a duty was done. Never raises: the others do not wait for one that fails, and it is tried again at the next round."""
    with _only_logged("sweep failed", duty=duty.__name__):
        duty(engine, tools)
        return True
    return False


def _try(engine: Engine, clue_id: int, tools: Tools) -> bool:
    """One attempt in its own transaction. Never raises: the clue stays in the queue and the log says why."""
    with _only_logged("triage failed", clue_id=clue_id), transaction(engine) as session:
        return triage.triage(session, clue_id, tools=tools)
    return False
