"""Sealed cells in payloads: how SQL knows them, what counts of them, and that a change of keys is no change of a record."""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION credit_is_sealed(cell text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cell ~ '^(s4|a2)\.[a-z0-9-]{1,20}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{38,}$'
$$;

-- A payload with every sealed cell reduced to its index: the same whatever key sealed it.
CREATE FUNCTION credit_essence(payload jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(payload::text,
        '"(?:s4|a2)\.[a-z0-9-]{1,20}\.([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{38,}"', '"\1"', 'g')
$$;

CREATE OR REPLACE FUNCTION credit_record_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND ROW(NEW.item_code, NEW.id, NEW.enterprise_id, NEW.item_version, NEW.source_id, NEW.batch_id, NEW.natural_key,
               NEW.payload_digest, NEW.occurred_on, NEW.received_at, NEW.supersedes, NEW.is_withdrawal, NEW.note)
           IS NOT DISTINCT FROM
           ROW(OLD.item_code, OLD.id, OLD.enterprise_id, OLD.item_version, OLD.source_id, OLD.batch_id, OLD.natural_key,
               OLD.payload_digest, OLD.occurred_on, OLD.received_at, OLD.supersedes, OLD.is_withdrawal, OLD.note)
    THEN
        IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL AND NEW.payload IS NOT DISTINCT FROM OLD.payload THEN
            RETURN NEW;
        END IF;
        -- sealed under another key: the same values
        IF NEW.superseded_at IS NOT DISTINCT FROM OLD.superseded_at AND credit_essence(NEW.payload) = credit_essence(OLD.payload) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a credit record is never changed or removed: deliver a correction' USING ERRCODE = 'restrict_violation';
END
$$;
"""

BACKWARD = """
DROP FUNCTION credit_essence(jsonb);
DROP FUNCTION credit_is_sealed(text);
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0005_conflicts_and_contacts")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
