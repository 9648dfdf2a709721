"""Monthly reports: the figures of an office's month, frozen when issued, and what of them may be public.

No unit is ever ranked: places stand in the order of their codes, and no table is about a unit.
"""

from intake.services.reports import freeze as freeze
from intake.services.reports import public as public
from intake.services.reports.counted import Counted as Counted
from intake.services.reports.figures import monthly as monthly
from intake.services.reports.listed import behind as behind
from intake.services.reports.months import month_after as month_after
from intake.services.reports.months import month_before as month_before
from intake.services.reports.months import parse_month as parse_month
from intake.services.reports.value import REST as REST
from intake.services.reports.value import TOTAL as TOTAL
from intake.services.reports.value import UNDECIDED as UNDECIDED
from intake.services.reports.value import Change as Change
from intake.services.reports.value import MonthlyReport as MonthlyReport
from intake.services.reports.value import Table as Table
from intake.services.reports.value import from_payload as from_payload
from intake.services.reports.value import to_payload as to_payload
