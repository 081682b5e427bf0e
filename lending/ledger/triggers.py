"""What PostgreSQL itself holds of the books, as the bodies of the triggers that the models declare.

The lines of one statement balance entry by entry when the statement ends, and an entry has lines when its transaction
commits: there is no moment, inside a transaction or after it, at which a side is missing. After the commit the entry is
closed: a line that comes later, even a balanced pair, is refused.
"""

DECLARE_TOTALS = [("lines", "integer"), ("debits", "numeric"), ("credits", "numeric")]
DECLARE_FAULT = [("fault", "text")]

ENTRY_IS_BALANCED = """
    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO lines, debits, credits
        FROM ledger_line WHERE entry_id = NEW.id;
    IF lines < 2 OR debits <> credits THEN
        RAISE EXCEPTION 'entry % does not balance: % lines, debit %, credit %', NEW.id, lines, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_sums_to_zero';
    END IF;
    RETURN NULL;
"""

#: Locks come first and in one order, so that two entries over the same accounts never wait for each other in a ring, and
#: so that what is judged next is what stands: a period that closes at the same moment is seen.
LINES_MOVE_THE_BALANCES = """
    PERFORM 1 FROM ledger_account
        WHERE id IN (SELECT account_id FROM new_lines) ORDER BY id FOR NO KEY UPDATE;
    SELECT CASE
            WHEN bool_or(entry.txid <> (pg_current_xact_id()::text)::bigint) THEN 'a_committed_entry_takes_no_more_lines'
            WHEN bool_or(account.currency <> entry.currency) THEN 'an_entry_has_one_currency'
            WHEN bool_or(entry.booked_on <= account.closed_through) THEN 'a_closed_period_takes_no_entries'
        END INTO fault
        FROM new_lines
        JOIN ledger_entry AS entry ON entry.id = new_lines.entry_id
        JOIN ledger_account AS account ON account.id = new_lines.account_id;
    IF fault IS NULL AND EXISTS (SELECT FROM new_lines GROUP BY entry_id HAVING sum(debit) <> sum(credit)) THEN
        fault = 'an_entry_sums_to_zero';
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'the books refuse these lines: %', replace(fault, '_', ' ')
            USING ERRCODE = 'check_violation', CONSTRAINT = fault;
    END IF;
    UPDATE ledger_account AS account SET balance = account.balance + moved.amount
        FROM (SELECT account_id, sum(debit - credit) AS amount FROM new_lines GROUP BY account_id) AS moved
        WHERE account.id = moved.account_id AND moved.amount <> 0;
    RETURN NULL;
"""

OPENS_EMPTY = """
    RAISE EXCEPTION 'an account opens with a balance of zero'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_opens_empty';
"""

#: Stands where an account is changed directly; the trigger of the lines, which moves balances, works one level deeper.
BALANCE_FOLLOWS_THE_LINES = """
    IF NEW.balance IS DISTINCT FROM OLD.balance THEN
        RAISE EXCEPTION 'a balance follows the lines and is not written by hand: post an entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_balance_follows_the_lines';
    END IF;
    IF (NEW.code, NEW.kind, NEW.book, NEW.currency) IS DISTINCT FROM (OLD.code, OLD.kind, OLD.book, OLD.currency) THEN
        RAISE EXCEPTION 'an account keeps its code, kind, book and currency: open another one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_keeps_its_code';
    END IF;
    RETURN NEW;
"""
