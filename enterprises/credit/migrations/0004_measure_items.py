"""Planner's figures for an item's partition, taken by the acceptance that has made it grow.

A partition that was empty a moment ago counts as one row until somebody measures it, and records compared with their
twins by such a plan take minutes. The serving role may not measure the owner's tables, so a function of the owner does.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION credit_measure(item text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    partition regclass := to_regclass('credit_record_' || lower(item));
    has_grown boolean;
BEGIN
    SELECT reltuples < 0 OR pg_relation_size(oid) > 1.5 * relpages * current_setting('block_size')::integer
        INTO has_grown FROM pg_class WHERE oid = partition;
    IF has_grown THEN
        EXECUTE format('ANALYZE %s', partition);
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0003_uscc_in_sql")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION credit_measure(text)")]
