"""All tables: columns, constraints, relationships; no rules. A module a topic; everybody imports from here."""

from intake.models.audit import AuditEntry, ChainHead, ChainProblem
from intake.models.base import (
    Base,
    Channel,
    EnumText,
    Hash,
    Key,
    Line,
    MessageKind,
    NoteKind,
    NoticeState,
    RegionCode,
    ReporterKind,
    ReportState,
    Slug,
    one_of,
)
from intake.models.clues import Band, Clue, CoHandler, Contact, Counter, Likeness, Message, Note, Recusal, Suggestion
from intake.models.offices import Office, Officer, Region
from intake.models.reports import Report, ReportRevision
from intake.models.rules import Category, Notice, RoutingRule

__all__ = [
    "AuditEntry",
    "Band",
    "Base",
    "Category",
    "ChainHead",
    "ChainProblem",
    "Channel",
    "Clue",
    "CoHandler",
    "Contact",
    "Counter",
    "EnumText",
    "Hash",
    "Key",
    "Likeness",
    "Line",
    "Message",
    "MessageKind",
    "Note",
    "NoteKind",
    "Notice",
    "NoticeState",
    "Office",
    "Officer",
    "Recusal",
    "Region",
    "RegionCode",
    "Report",
    "ReportRevision",
    "ReportState",
    "ReporterKind",
    "RoutingRule",
    "Slug",
    "Suggestion",
    "one_of",
]
