"""Everything that can go wrong in the business of a clue, as one tree.

DomainError
├── InvalidInput          a value from outside cannot be used; names the field
│   ├── InvalidCode       a query code is mistyped; names the group that is wrong
│   └── ImportedBefore    another system's number was taken in before; names the clue
├── FileRefused           a file cannot be taken or cannot be cleaned; says what to do instead
├── NotFound              no such thing, or not for this officer's eyes: both are answered the same way
├── Forbidden             this role may never do that
├── InvalidAction         the workflow has no such step from this state
│   └── ThreadOver        the clue is answered or not taken up: its reporter adds nothing more
├── StaleClue             somebody else moved the clue since the page was loaded
├── SameOfficer           the one who concluded may not approve (four eyes)
├── OfficeRecused         the office chosen is, or is part of, the unit complained of
├── TooLate               the term for this action is over
├── KeyAbsent             what opens contact data is not in this process, or not granted to this officer
├── CalendarUnpublished   working days of that year are not known yet
├── ProviderFailed        the identity provider did not say, in a way that holds, who somebody is
├── ScannerUnreachable    the virus scanner gave no answer; the file waits
├── DeliveryFailed        a mail or a robot's message did not get out
├── ArchiveUnusable       an archive, its key, or the place for it is not what it must be
└── ConfigError           a setting is missing or unsafe; the process must not start

The Chinese sentence of each stands in labels.py and nowhere else.
"""

from __future__ import annotations


class DomainError(Exception):
    """Root of the tree; str() is an English sentence for logs, free of clue text and names."""


class InvalidInput(DomainError):
    """`field` cannot take the value given; `problem` is a key of labels.PROBLEMS."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidCode(InvalidInput):
    """A query code fails its check characters; `group` is the 1-based wrong group, 0 for a wrong length."""

    def __init__(self, group: int) -> None:
        super().__init__("code", "code_group" if group else "code_length")
        self.group = group


class ImportedBefore(InvalidInput):
    """An office brought that number before; `number` is the clue's, "" where the office is not to be told."""

    def __init__(self, number: str) -> None:
        super().__init__("external_number", "imported_before")
        self.number = number


class FileRefused(DomainError):
    """A file is not taken in; `problem` is a key of labels.FILE_PROBLEMS. Nothing of the file or its name is in it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NotFound(DomainError):
    """There is no such thing, or it must look that way to the one who asks."""


class Forbidden(DomainError):
    """The officer's role does not take this action."""


class InvalidAction(DomainError):
    """The workflow knows no such step from the clue's state."""


class ThreadOver(InvalidAction):
    """The clue is answered or not taken up; words in its thread would be read by nobody."""


class StaleClue(DomainError):
    """The clue changed after the page that asked for this action was loaded."""


class SameOfficer(DomainError):
    """Four eyes: the officer who concluded a clue may not approve it."""


class OfficeRecused(DomainError):
    """The office chosen is the unit complained of, or part of it."""


class TooLate(DomainError):
    """The action had a term and the term is over."""


class KeyAbsent(DomainError):
    """Contact data cannot be opened here or by this officer; `problem` is a key of labels.PROBLEMS."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class CalendarUnpublished(DomainError):
    """Working days of `year` are not known; `year` is a calendar year such as 2027."""

    def __init__(self, year: int) -> None:
        super().__init__(f"working days of {year} are not published")
        self.year = year


class DeliveryFailed(DomainError):
    """`problem` is a key of labels.DELIVERY_PROBLEMS; nothing of the message or the address is in it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ProviderFailed(DomainError):
    """Nobody signs in through the identity provider; `problem` is a key of labels.PROVIDER_PROBLEMS, and names nobody.

    `why`, where it is known, is a key of labels.PROVIDER_CAUSES with what is to be filled in there: for the operator.
    """

    def __init__(self, problem: str, why: str = "", **found: object) -> None:
        super().__init__(problem)
        self.problem, self.why, self.found = problem, why, found


class ScannerUnreachable(DomainError):
    """The virus scanner that is configured does not answer, or could not judge the file."""


class ArchiveUnusable(DomainError):
    """`problem` is a key of labels.ARCHIVE_PROBLEMS."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ConfigError(DomainError):
    """A setting is missing, malformed or unsafe; the message, in Chinese for the operator, says how to mend it."""
