"""What PostgreSQL itself holds of the books, as the bodies of the triggers that the models declare.

An entry is judged when its transaction commits: its lines may come one by one, but only a balanced whole stays. After the
commit it is closed: a line that comes later, even a balanced pair, is refused.
"""

DECLARE_TOTALS = [("lines", "integer"), ("debits", "numeric"), ("credits", "numeric")]

_IS_BALANCED = """
    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO lines, debits, credits
        FROM ledger_line WHERE entry_id = {entry};
    IF lines < 2 OR debits <> credits THEN
        RAISE EXCEPTION 'entry % does not balance: % lines, debit %, credit %', {entry}, lines, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_sums_to_zero';
    END IF;
    RETURN NULL;
"""

#: Stands on the entry (one without lines) and on each line (one that comes after the entry was judged early).
ENTRY_IS_BALANCED = _IS_BALANCED.format(entry="NEW.id")
LINE_LEAVES_ITS_ENTRY_BALANCED = _IS_BALANCED.format(entry="NEW.entry_id")

#: Locks come first and in one order, so that two entries over the same accounts never wait for each other in a ring.
LINES_MOVE_THE_BALANCES = """
    IF EXISTS (SELECT FROM new_lines JOIN ledger_entry AS entry ON entry.id = new_lines.entry_id
               WHERE entry.txid <> (pg_current_xact_id()::text)::bigint) THEN
        RAISE EXCEPTION 'an entry is closed when it is committed: post another one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_committed_entry_takes_no_more_lines';
    END IF;
    PERFORM 1 FROM ledger_account
        WHERE id IN (SELECT account_id FROM new_lines) ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account AS account SET balance = account.balance + moved.amount
        FROM (SELECT account_id, sum(debit - credit) AS amount FROM new_lines GROUP BY account_id) AS moved
        WHERE account.id = moved.account_id AND moved.amount <> 0;
    RETURN NULL;
"""

OPENS_EMPTY = """
    RAISE EXCEPTION 'an account opens with a balance of zero'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_opens_empty';
"""

#: A balance moves inside the trigger of the lines only, that is, at a depth below this one.
BALANCE_FOLLOWS_THE_LINES = """
    IF NEW.balance IS DISTINCT FROM OLD.balance AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a balance follows the lines and is not written by hand: post an entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_balance_follows_the_lines';
    END IF;
    IF (NEW.code, NEW.kind, NEW.book) IS DISTINCT FROM (OLD.code, OLD.kind, OLD.book) THEN
        RAISE EXCEPTION 'an account keeps its code, kind and book: open another one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_account_keeps_its_code';
    END IF;
    RETURN NEW;
"""
