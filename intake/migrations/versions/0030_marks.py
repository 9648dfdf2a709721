"""Where a clue is, in its row of PostgreSQL's search index: what an officer searches is found among what reaches him.

The marks begin with @, which no word does: @o the responsible office, @i the intake office, @r the region that took it in and
those around it, @n for none. Triggers keep them, whoever writes. The rows that are there are marked first and the tables
locked last, so that others go on filing meanwhile; what they wrote in between is marked under the lock.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    """
CREATE FUNCTION clue_marks(office bigint, intake_office bigint, region text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
SELECT array_to_tsvector(array_remove(ARRAY['@o' || office, '@i' || intake_office, '@r' || left(region, 2), '@r' || left(region, 4),
'@r' || left(region, 6), '@r' || region, CASE WHEN region IS NULL THEN '@n' END], NULL)) $$
""",
    """
CREATE FUNCTION without_marks(words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
SELECT array_to_tsvector(ARRAY(SELECT word FROM unnest(tsvector_to_array(words)) AS word WHERE word NOT LIKE '@%')) $$
""",
)
_MARK_ALL = """
UPDATE clue_words SET words = words || clue_marks(office_id, intake_office_id, intake_region) FROM clue WHERE clue.id = clue_id
AND NOT tsvector_to_array(words) @> tsvector_to_array(clue_marks(office_id, intake_office_id, intake_region))
"""
_TRIGGERS = (
    """
CREATE FUNCTION clue_words_mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
NEW.words := without_marks(NEW.words)
|| (SELECT clue_marks(office_id, intake_office_id, intake_region) FROM clue WHERE clue.id = NEW.clue_id);
RETURN NEW; END $$
""",
    "CREATE TRIGGER clue_words_mark BEFORE INSERT OR UPDATE ON clue_words FOR EACH ROW EXECUTE FUNCTION clue_words_mark()",
    """
CREATE FUNCTION clue_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
UPDATE clue_words SET words = words WHERE clue_id = NEW.id; RETURN NULL; END $$
""",
    """
CREATE TRIGGER clue_moved AFTER UPDATE OF office_id, intake_office_id, intake_region ON clue FOR EACH ROW
WHEN ((OLD.office_id, OLD.intake_office_id, OLD.intake_region) IS DISTINCT FROM (NEW.office_id, NEW.intake_office_id, NEW.intake_region))
EXECUTE FUNCTION clue_moved()
""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in (*_FUNCTIONS, _MARK_ALL, *_TRIGGERS, _MARK_ALL):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER clue_moved ON clue")
        op.execute("DROP TRIGGER clue_words_mark ON clue_words")
        op.execute("UPDATE clue_words SET words = without_marks(words)")
        op.execute("DROP FUNCTION clue_moved(), clue_words_mark(), clue_marks(bigint, bigint, text), without_marks(tsvector)")
