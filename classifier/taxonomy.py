"""The labels the classifier knows: nineteen slugs in the order of their codes, twelve reasons, the levels."""

from __future__ import annotations

OUT_OF_SCOPE = "out_of_scope"

CODES: dict[str, str] = {
    "documents": "01",
    "meetings": "02",
    "inspections": "03",
    "appraisal": "04",
    "ledgers": "05",
    "checkins": "06",
    "likes": "07",
    "apps": "08",
    "responsibility": "09",
    "quotas": "10",
    "secondment": "11",
    "plaques": "12",
    "schools": "13",
    "showcases": "14",
    "vanity": "15",
    "visits": "16",
    "falsification": "17",
    "perfunctory": "18",
    OUT_OF_SCOPE: "99",
}
SLUGS = tuple(CODES)
IN_SCOPE = SLUGS[:-1]

REASONS = (
    "personal_petition",
    "litigation",
    "corruption",
    "consumer",
    "labour",
    "public_service",
    "emergency",
    "online_content",
    "internal",
    "secret",
    "no_substance",
    "legitimate_duty",
)

LEVELS = (
    "village",
    "township",
    "county_dept",
    "county",
    "city_dept",
    "city",
    "province_dept",
    "province",
    "central",
    "school",
    "hospital",
    "soe",
    "unknown",
)
