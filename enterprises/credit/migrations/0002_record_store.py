"""The record store as SQL: list partitions by item, one row in force per natural key and source, facts frozen.

A new item needs no deployment: its rows go to the default partition until ``credit_add_partition`` gives it its own.
The function belongs to the owner and runs with the owner's rights, so that the serving role may call it.
"""

from django.db import migrations

CREATE = """
CREATE SEQUENCE credit_record_id_seq;

CREATE TABLE credit_record (
    item_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('credit_record_id_seq'),
    enterprise_id bigint NOT NULL,
    item_version integer NOT NULL,
    source_id bigint NOT NULL,
    batch_id bigint NOT NULL,
    natural_key text NOT NULL,
    payload jsonb NOT NULL,
    payload_digest text NOT NULL,
    occurred_on date,
    received_at timestamptz NOT NULL,
    supersedes bigint,
    superseded_at timestamptz,
    is_withdrawal boolean NOT NULL DEFAULT false,
    PRIMARY KEY (item_code, id)
) PARTITION BY LIST (item_code);

CREATE TABLE credit_record_other PARTITION OF credit_record DEFAULT;

CREATE UNIQUE INDEX one_record_in_force_per_key ON credit_record (item_code, source_id, natural_key)
    WHERE superseded_at IS NULL;
CREATE INDEX records_of_a_firm ON credit_record (enterprise_id, item_code) WHERE superseded_at IS NULL;
CREATE INDEX records_of_a_batch ON credit_record (batch_id);

CREATE FUNCTION credit_record_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
       AND ROW(NEW.item_code, NEW.id, NEW.enterprise_id, NEW.item_version, NEW.source_id, NEW.batch_id, NEW.natural_key,
               NEW.payload, NEW.occurred_on, NEW.received_at, NEW.supersedes, NEW.is_withdrawal)
           IS NOT DISTINCT FROM
           ROW(OLD.item_code, OLD.id, OLD.enterprise_id, OLD.item_version, OLD.source_id, OLD.batch_id, OLD.natural_key,
               OLD.payload, OLD.occurred_on, OLD.received_at, OLD.supersedes, OLD.is_withdrawal)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a credit record is never changed or removed: deliver a correction' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER credit_record_is_frozen BEFORE UPDATE OR DELETE ON credit_record
    FOR EACH ROW EXECUTE FUNCTION credit_record_is_frozen();

CREATE FUNCTION credit_add_partition(item text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'credit_record_' || lower(item);
BEGIN
    IF item !~ '^[A-Z][A-Z0-9_]{1,28}$' THEN
        RAISE EXCEPTION 'not an item code: %', item USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM credit_record_other WHERE item_code = item) THEN
        RETURN; -- rows already lie in the default partition; they stay there until staff move them
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF credit_record FOR VALUES IN (%L)', name, item);
END
$$;
"""

DROP = """
DROP TABLE credit_record CASCADE;
DROP SEQUENCE IF EXISTS credit_record_id_seq;
DROP FUNCTION credit_record_is_frozen();
DROP FUNCTION credit_add_partition(text);
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL("ALTER TABLE credit_stagedrow SET UNLOGGED", "ALTER TABLE credit_stagedrow SET LOGGED"),
    ]
