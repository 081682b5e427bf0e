"""Both check characters of a 统一社会信用代码 judged in the database, and records that the station itself withdraws.

``credit_uscc_fault`` says the same as ``portal.identifiers.uscc_fault(code).code``; a property test holds the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION credit_uscc_fault(code text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v bytea;
    digit integer;
BEGIN
    IF length(code) <> 18 THEN
        RETURN 'length';
    END IF;
    IF translate(code, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') <> '' THEN
        RETURN 'character';
    END IF;
    IF translate(substr(code, 3, 6), '0123456789', '') <> '' THEN
        RETURN 'region';
    END IF;
    v := code::bytea; -- characters of the alphabet only: a letter's value in the inner code is its ASCII code less 55
    digit := 11 - (
        (get_byte(v, 8)  - CASE WHEN get_byte(v, 8)  > 57 THEN 55 ELSE 48 END) * 3
      + (get_byte(v, 9)  - CASE WHEN get_byte(v, 9)  > 57 THEN 55 ELSE 48 END) * 7
      + (get_byte(v, 10) - CASE WHEN get_byte(v, 10) > 57 THEN 55 ELSE 48 END) * 9
      + (get_byte(v, 11) - CASE WHEN get_byte(v, 11) > 57 THEN 55 ELSE 48 END) * 10
      + (get_byte(v, 12) - CASE WHEN get_byte(v, 12) > 57 THEN 55 ELSE 48 END) * 5
      + (get_byte(v, 13) - CASE WHEN get_byte(v, 13) > 57 THEN 55 ELSE 48 END) * 8
      + (get_byte(v, 14) - CASE WHEN get_byte(v, 14) > 57 THEN 55 ELSE 48 END) * 4
      + (get_byte(v, 15) - CASE WHEN get_byte(v, 15) > 57 THEN 55 ELSE 48 END) * 2) % 11;
    IF substr(code, 17, 1) <> (CASE digit WHEN 10 THEN 'X' WHEN 11 THEN '0' ELSE digit::text END) THEN
        RETURN 'organisation_check';
    END IF;
    v := translate(code, '0123456789ABCDEFGHJKLMNPQRTUWXY',
                   E'\\x20!"#$%&\\x27()*+,-./0123456789:;<=>')::bytea; -- values of the outer code, moved up by 32
    IF ((get_byte(v, 0) - 32) + (get_byte(v, 1) - 32) * 3 + (get_byte(v, 2) - 32) * 9 + (get_byte(v, 3) - 32) * 27
      + (get_byte(v, 4) - 32) * 19 + (get_byte(v, 5) - 32) * 26 + (get_byte(v, 6) - 32) * 16 + (get_byte(v, 7) - 32) * 17
      + (get_byte(v, 8) - 32) * 20 + (get_byte(v, 9) - 32) * 29 + (get_byte(v, 10) - 32) * 25 + (get_byte(v, 11) - 32) * 13
      + (get_byte(v, 12) - 32) * 8 + (get_byte(v, 13) - 32) * 24 + (get_byte(v, 14) - 32) * 10 + (get_byte(v, 15) - 32) * 30
      + (get_byte(v, 16) - 32) * 28 + get_byte(v, 17) - 32) % 31 <> 0
    THEN
        RETURN 'check';
    END IF;
    RETURN NULL;
END
$$;

-- From version 16 on the server can try an input itself; before, the cast is tried under an exception handler.
DO $do$
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        CREATE FUNCTION credit_is_valid(value text, kind text) RETURNS boolean LANGUAGE sql STABLE STRICT PARALLEL SAFE
            AS 'SELECT pg_input_is_valid(value, kind)';
    ELSE
        CREATE FUNCTION credit_is_valid(value text, kind text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$
        BEGIN
            EXECUTE format('SELECT %L::%s', value, kind::regtype);
            RETURN true;
        EXCEPTION WHEN data_exception THEN
            RETURN false;
        END
        $$;
    END IF;
END
$do$;

-- The serving role fills the staging table, the owner alone may measure it.
CREATE FUNCTION credit_analyze_staging() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE credit_stagedrow;
END
$$;

ALTER TABLE credit_record ALTER COLUMN batch_id DROP NOT NULL;
ALTER TABLE credit_record ADD COLUMN note text NOT NULL DEFAULT '';

CREATE OR REPLACE FUNCTION credit_record_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
       AND ROW(NEW.item_code, NEW.id, NEW.enterprise_id, NEW.item_version, NEW.source_id, NEW.batch_id, NEW.natural_key,
               NEW.payload, NEW.payload_digest, NEW.occurred_on, NEW.received_at, NEW.supersedes, NEW.is_withdrawal, NEW.note)
           IS NOT DISTINCT FROM
           ROW(OLD.item_code, OLD.id, OLD.enterprise_id, OLD.item_version, OLD.source_id, OLD.batch_id, OLD.natural_key,
               OLD.payload, OLD.payload_digest, OLD.occurred_on, OLD.received_at, OLD.supersedes, OLD.is_withdrawal, OLD.note)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a credit record is never changed or removed: deliver a correction' USING ERRCODE = 'restrict_violation';
END
$$;
"""

BACKWARD = """
DROP FUNCTION credit_uscc_fault(text);
DROP FUNCTION credit_is_valid(text, text);
DROP FUNCTION credit_analyze_staging();
ALTER TABLE credit_record DROP COLUMN note;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0002_record_store")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
