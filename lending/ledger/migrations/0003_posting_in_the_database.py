"""Posting is one statement: the functions below are what ``lending.ledger.actions.posting`` calls, and nobody else.

What they refuse they say in ``fault`` instead of raising, so that the caller's transaction goes on; the triggers of the tables
stand behind them and raise. The accounts are locked first, in one order; all that is judged afterwards is judged on what the
locks hold still, a repeated request included: the same event of the same subject waits for the accounts it shares with the
first one, and then finds it.

The audit event is written here, in the words of ``portal.audit.actions.record``.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

TRIGGERS = """
CREATE FUNCTION ledger_account_opens_empty() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'an account opens with a balance of zero'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_opens_empty';
END $$;

-- Stands where an account is changed directly; the trigger of the lines, which moves balances, works one level deeper.
CREATE FUNCTION ledger_balance_follows_the_lines() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.balance IS DISTINCT FROM OLD.balance THEN
        RAISE EXCEPTION 'a balance follows the lines and is not written by hand: post an entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_balance_follows_the_lines';
    END IF;
    IF (NEW.code, NEW.kind, NEW.book, NEW.currency) IS DISTINCT FROM (OLD.code, OLD.kind, OLD.book, OLD.currency) THEN
        RAISE EXCEPTION 'an account keeps its code, kind, book and currency: open another one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_keeps_its_code';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_entry_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM ledger_line WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_has_lines';
    END IF;
    RETURN NULL;
END $$;

-- The balances move first, which locks the accounts: what is judged is what stands then, and a period that closes at the same
-- moment is seen. A line whose entry or account does not exist is refused here as well: the tables do without foreign keys,
-- whose checks would cost as much as the posting; neither entries nor accounts are ever removed.
CREATE FUNCTION ledger_lines_move_the_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
    lines_moved bigint := 0;
    fault text;
BEGIN
    FOR moved IN
        UPDATE ledger_account AS account SET balance = account.balance + sums.amount
            FROM (SELECT line.account_id, sum(line.debit - line.credit) AS amount, count(*) AS lines,
                         min(entry.booked_on) AS earliest,
                         min(entry.currency) AS first_currency, max(entry.currency) AS last_currency,
                         bool_and(entry.txid IS NOT DISTINCT FROM (pg_current_xact_id()::text)::bigint) AS are_open
                  FROM new_lines AS line LEFT JOIN ledger_entry AS entry ON entry.id = line.entry_id
                  GROUP BY line.account_id) AS sums
            WHERE account.id = sums.account_id
            RETURNING sums.lines, sums.are_open, sums.earliest <= account.closed_through AS is_closed,
                      account.currency = sums.first_currency AND account.currency = sums.last_currency AS is_one_currency
    LOOP
        lines_moved := lines_moved + moved.lines;
        fault := coalesce(fault, CASE
            WHEN NOT moved.are_open THEN 'a_committed_entry_takes_no_more_lines'
            WHEN NOT moved.is_one_currency THEN 'an_entry_has_one_currency'
            WHEN moved.is_closed THEN 'a_closed_period_takes_no_entries'
        END);
    END LOOP;
    IF lines_moved < (SELECT count(*) FROM new_lines) THEN
        fault := 'a_line_is_on_an_open_account';
    ELSIF EXISTS (SELECT FROM new_lines GROUP BY entry_id HAVING sum(debit) <> sum(credit)) THEN
        fault := coalesce(fault, 'an_entry_sums_to_zero');
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'the books refuse these lines: %', replace(fault, '_', ' ')
            USING ERRCODE = 'check_violation', CONSTRAINT = fault;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'an account is never removed: its lines stay'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_stays';
END $$;
"""
DROP_TRIGGER_FUNCTIONS = """
DROP FUNCTION ledger_account_opens_empty, ledger_balance_follows_the_lines, ledger_entry_has_lines,
    ledger_lines_move_the_balances, ledger_account_stays
"""

POST = """
-- ``held``: the codes of the accounts, each once, in the order of their letters, which is the order of locking; ``net``: what
-- each of them moves by; ``places``: which of them each line is on.
CREATE FUNCTION ledger_post(
    entry_event text, entry_subject text, entry_memo text, entry_day date, entry_reverses bigint,
    held text[], net numeric[], places integer[], debits numeric[], credits numeric[],
    moment timestamptz, actor bigint, actor_label text, request text, address inet, total numeric,
    OUT entry_id bigint, OUT is_new boolean, OUT fault text
) LANGUAGE plpgsql AS $$
DECLARE
    account record;
    accounts bigint[];
    afterwards numeric;
    money text;
BEGIN
    FOR n IN 1..cardinality(held) LOOP
        SELECT id, balance, bound_to, currency, closed_through INTO account
            FROM ledger_account WHERE code = held[n] FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            fault := 'unknown_account';
            RETURN;
        END IF;
        accounts[n] := account.id;
        money := coalesce(money, account.currency);
        IF account.currency <> money THEN
            fault := coalesce(fault, 'another_currency');
        ELSIF entry_day <= account.closed_through THEN
            fault := coalesce(fault, 'period_closed');
        ELSIF account.bound_to <> '' THEN
            afterwards := account.balance + net[n];
            IF account.bound_to = 'debit' AND afterwards < 0 OR account.bound_to = 'credit' AND afterwards > 0 THEN
                fault := coalesce(fault, 'overdrawn');
            END IF;
        END IF;
    END LOOP;

    SELECT standing.id INTO entry_id FROM ledger_entry AS standing
        WHERE standing.event = entry_event AND standing.subject = entry_subject;
    IF FOUND THEN
        is_new := false;
        fault := ledger_differs(entry_id, accounts, places, debits, credits);
        RETURN;
    END IF;
    IF fault IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO ledger_entry AS made
            (event, subject, memo, currency, booked_on, posted_at, posted_by_id, reverses_id)
        VALUES (entry_event, entry_subject, entry_memo, money, entry_day, moment, actor, entry_reverses)
        ON CONFLICT (event, subject) DO NOTHING RETURNING made.id INTO entry_id;
    IF entry_id IS NULL THEN
        fault := 'posted_otherwise';  -- at this moment, over other accounts: else we had waited for it above
        RETURN;
    END IF;
    is_new := true;
    INSERT INTO ledger_line (entry_id, account_id, debit, credit)
        SELECT ledger_post.entry_id, accounts[place], debit, credit
        FROM unnest(places, debits, credits) AS line(place, debit, credit);
    INSERT INTO audit_auditevent
            (at, verb, actor_id, actor_name, subject_kind, subject_id, subject_label, facts, request_id, ip)
        VALUES (moment, 'ledger.post', actor, actor_label, 'ledger.entry', entry_id::text, entry_memo,
                jsonb_build_object('event', entry_event, 'subject', entry_subject, 'debit', total::text),
                request, address);
END $$;
"""

DIFFERS = """
CREATE FUNCTION ledger_differs(entry bigint, accounts bigint[], places integer[], debits numeric[], credits numeric[])
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'posted_otherwise' WHERE EXISTS (
        SELECT FROM (
            SELECT accounts[place] AS account, debit, credit, 1 AS side
                FROM unnest(places, debits, credits) AS line(place, debit, credit)
            UNION ALL
            SELECT account_id, debit, credit, -1 FROM ledger_line WHERE entry_id = entry
        ) AS both_sides GROUP BY account, debit, credit HAVING sum(side) <> 0)
$$;
"""

# A batch goes over few accounts and would move each of them many times: here each moves once, by the sum. The same checks as
# above, over all entries together; all of them are posted or none.
POST_MANY = """
CREATE FUNCTION ledger_post_many(
    bookings jsonb, moment timestamptz, actor bigint, actor_label text, request text, address inet,
    OUT entry_ids bigint[], OUT are_new boolean[], OUT fault text, OUT at_booking integer
) LANGUAGE plpgsql AS $$
DECLARE
    money text;
BEGIN
    CREATE TEMPORARY TABLE IF NOT EXISTS ledger_asked (
        number integer, event text, subject text, memo text, booked_on date, total numeric, entry_id bigint, is_new boolean
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS ledger_asked_line (
        number integer, place bigint, code text, debit numeric, credit numeric, account_id bigint
    ) ON COMMIT DELETE ROWS;
    DELETE FROM ledger_asked;
    DELETE FROM ledger_asked_line;
    INSERT INTO ledger_asked (number, event, subject, memo, booked_on, total)
        SELECT place, booking ->> 'event', booking ->> 'subject', booking ->> 'memo', (booking ->> 'booked_on')::date,
               (booking ->> 'total')::numeric
        FROM jsonb_array_elements(bookings) WITH ORDINALITY AS asked(booking, place);
    INSERT INTO ledger_asked_line (number, place, code, debit, credit)
        SELECT asked.number, line.place, asked.booking -> 'held' ->> (line.account::integer - 1), line.debit::numeric,
               line.credit::numeric
        FROM jsonb_array_elements(bookings) WITH ORDINALITY AS asked(booking, number),
             ROWS FROM (jsonb_array_elements_text(asked.booking -> 'places'),
                        jsonb_array_elements_text(asked.booking -> 'debits'),
                        jsonb_array_elements_text(asked.booking -> 'credits')) WITH ORDINALITY
                 AS line(account, debit, credit, place);
    PERFORM 1 FROM ledger_account WHERE code IN (SELECT code FROM ledger_asked_line)
        ORDER BY code COLLATE "C" FOR NO KEY UPDATE;
    UPDATE ledger_asked_line AS line SET account_id = account.id
        FROM ledger_account AS account WHERE account.code = line.code;
    SELECT min(number) INTO at_booking FROM ledger_asked_line WHERE account_id IS NULL;
    IF at_booking IS NOT NULL THEN
        fault := 'unknown_account';
        RETURN;
    END IF;

    UPDATE ledger_asked AS asked SET entry_id = entry.id
        FROM ledger_entry AS entry WHERE entry.event = asked.event AND entry.subject = asked.subject;
    SELECT min(number) INTO at_booking FROM (
        SELECT number FROM (
            SELECT number, account_id, debit, credit, 1 AS side FROM ledger_asked_line
            UNION ALL
            SELECT asked.number, line.account_id, line.debit, line.credit, -1
                FROM ledger_asked AS asked JOIN ledger_line AS line ON line.entry_id = asked.entry_id
        ) AS both_sides
        WHERE number IN (SELECT number FROM ledger_asked WHERE entry_id IS NOT NULL)
        GROUP BY number, account_id, debit, credit HAVING sum(side) <> 0
        UNION ALL
        SELECT max(number) FROM ledger_asked GROUP BY event, subject HAVING count(*) > 1
    ) AS differing;
    IF at_booking IS NOT NULL THEN
        fault := 'posted_otherwise';
        RETURN;
    END IF;
    UPDATE ledger_asked SET is_new = entry_id IS NULL;

    SELECT CASE
            WHEN currencies > 1 THEN 'another_currency'
            WHEN moved.earliest <= account.closed_through THEN 'period_closed'
            ELSE 'overdrawn'
        END, moved.number INTO fault, at_booking
        FROM (SELECT account_id, sum(debit - credit) AS amount, min(booked_on) AS earliest, min(number) AS number
              FROM ledger_asked_line JOIN ledger_asked USING (number) WHERE is_new GROUP BY account_id) AS moved
        JOIN ledger_account AS account ON account.id = moved.account_id
        CROSS JOIN (SELECT count(DISTINCT currency) AS currencies FROM ledger_account
                    WHERE id IN (SELECT account_id FROM ledger_asked_line)) AS all_of_them
        WHERE currencies > 1 OR moved.earliest <= account.closed_through
            OR account.bound_to = 'debit' AND account.balance + moved.amount < 0
            OR account.bound_to = 'credit' AND account.balance + moved.amount > 0
        ORDER BY moved.number LIMIT 1;
    IF fault IS NOT NULL THEN
        RETURN;
    END IF;

    SELECT min(currency) INTO money FROM ledger_account WHERE id IN (SELECT account_id FROM ledger_asked_line);
    WITH made AS (
        INSERT INTO ledger_entry (event, subject, memo, currency, booked_on, posted_at, posted_by_id)
            SELECT event, subject, memo, money, booked_on, moment, actor FROM ledger_asked WHERE is_new ORDER BY number
            RETURNING id, event, subject)
    UPDATE ledger_asked AS asked SET entry_id = made.id
        FROM made WHERE made.event = asked.event AND made.subject = asked.subject;
    INSERT INTO ledger_line (entry_id, account_id, debit, credit)
        SELECT asked.entry_id, line.account_id, line.debit, line.credit
        FROM ledger_asked_line AS line JOIN ledger_asked AS asked USING (number)
        WHERE asked.is_new ORDER BY number, line.place;
    INSERT INTO audit_auditevent
            (at, verb, actor_id, actor_name, subject_kind, subject_id, subject_label, facts, request_id, ip)
        SELECT moment, 'ledger.post', actor, actor_label, 'ledger.entry', entry_id::text, memo,
               jsonb_build_object('event', event, 'subject', subject, 'debit', total::text), request, address
        FROM ledger_asked WHERE is_new ORDER BY number;
    SELECT array_agg(asked.entry_id ORDER BY number), array_agg(is_new ORDER BY number) INTO entry_ids, are_new
        FROM ledger_asked AS asked;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_books_by_plan"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(TRIGGERS, DROP_TRIGGER_FUNCTIONS),
        pgtrigger.migrations.RemoveTrigger(
            model_name="account",
            name="opens_empty",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="account",
            name="balance_follows_the_lines",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="entry",
            name="is_balanced",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="line",
            name="moves_the_balances",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="account_opens_empty",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."balance" IS DISTINCT FROM 0)',
                    execute="ledger_account_opens_empty()",
                    func="RETURN NEW;",
                    hash="007b75e063fc2fc7cae32840b8e2b55f27284f7d",
                    operation="INSERT",
                    pgid="pgtrigger_account_opens_empty_fe4ff",
                    table="ledger_account",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="balance_follows_the_lines",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (pg_trigger_depth() = 0)",
                    execute="ledger_balance_follows_the_lines()",
                    func="RETURN NEW;",
                    hash="7b4e92e469902750f837edfc11ce786eff2abc3f",
                    operation="UPDATE",
                    pgid="pgtrigger_balance_follows_the_lines_59615",
                    table="ledger_account",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entry",
            trigger=pgtrigger.compiler.Trigger(
                name="entry_has_lines",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    execute="ledger_entry_has_lines()",
                    func="RETURN NEW;",
                    hash="caacccac2396a29f73c22cdc93f2163caa1afbeb",
                    operation="INSERT",
                    pgid="pgtrigger_entry_has_lines_05485",
                    table="ledger_entry",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="lines_move_the_balances",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="ledger_lines_move_the_balances()",
                    func="RETURN NEW;",
                    hash="a2d25d22b65a1f0859b7a6e65d4db39f250e8d39",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_lines_move_the_balances_4a3f6",
                    referencing="REFERENCING NEW TABLE AS new_lines ",
                    table="ledger_line",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(DIFFERS, "DROP FUNCTION ledger_differs"),
        migrations.RunSQL(POST, "DROP FUNCTION ledger_post"),
        migrations.RunSQL(POST_MANY, "DROP FUNCTION ledger_post_many"),
        # A hot account is updated often: room in its page keeps the new version beside the old one, without touching an index.
        migrations.RunSQL(
            "ALTER TABLE ledger_account SET (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)",
            "ALTER TABLE ledger_account RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
