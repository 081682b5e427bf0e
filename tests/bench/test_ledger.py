"""Posting through the project's own action beside two floors of plain plpgsql, durable: ``make bench ARGS="-k ledger"``.

``plain`` is the least that is still a ledger: one function that locks two accounts in order, moves them, inserts a transfer
under an idempotency key and two lines, with a deferred check of the balance and tables that refuse changes.

``pgledger-like`` does in our own words what pgledger (pgr0ss/pgledger) does for one transfer: text keys of 26 letters made in
plpgsql, accounts locked one by one in order, two updates with version and limits, a transfer with three indexes besides its
key, two entries that carry the balance before and after, the written rows returned. It has no idempotency and no audit.

Every client is a process of its own with one connection; each posts two-leg entries one by one, each its own commit. The
project's figure includes the Python action, its check, the audit event and all triggers.

``LEDGER_BENCH_ENTRIES`` (2,000) is the work of one run, shared by its clients; ``LEDGER_BENCH_RUNS`` (5) gives the median.
"""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing.synchronize import Barrier

import psycopg
import pytest
from django.db import connection

from lending.ledger import actions, queries
from lending.ledger.models import Account, Book, BookPlan
from lending.ledger.postings import Booking, Posting
from tests.bench.figures import Figures

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ENTRIES = int(os.environ.get("LEDGER_BENCH_ENTRIES", "2000"))
RUNS = int(os.environ.get("LEDGER_BENCH_RUNS", "5"))
AT, DAY = datetime(2026, 11, 20, 2, tzinfo=UTC), date(2026, 11, 20)
ONE = Decimal("1.00")
SHAPES = {"1 client": (1, False), "8 clients": (8, False), "8 clients, one hot account": (8, True)}

PLAIN = """
CREATE TABLE plain_account (id bigint PRIMARY KEY, balance numeric(18,2) NOT NULL DEFAULT 0);
CREATE TABLE plain_transfer (id bigserial PRIMARY KEY, key text NOT NULL UNIQUE, made_at timestamptz NOT NULL);
CREATE TABLE plain_line (id bigserial PRIMARY KEY, transfer_id bigint NOT NULL REFERENCES plain_transfer,
    account_id bigint NOT NULL REFERENCES plain_account, amount numeric(18,2) NOT NULL CHECK (amount <> 0));
CREATE INDEX ON plain_line (transfer_id);
CREATE INDEX ON plain_line (account_id);
CREATE FUNCTION plain_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON plain_transfer FOR EACH ROW EXECUTE FUNCTION plain_refuse();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON plain_line FOR EACH ROW EXECUTE FUNCTION plain_refuse();
CREATE FUNCTION plain_balances() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT coalesce(sum(amount), 1) FROM plain_line WHERE transfer_id = NEW.id) <> 0 THEN RAISE 'unbalanced'; END IF;
    RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON plain_transfer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION plain_balances();
CREATE FUNCTION plain_post(asked text, giver bigint, taker bigint, sum numeric) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
    INSERT INTO plain_transfer (key, made_at) VALUES (asked, now()) ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN RETURN (SELECT id FROM plain_transfer WHERE key = asked); END IF;
    PERFORM 1 FROM plain_account WHERE id IN (giver, taker) ORDER BY id FOR NO KEY UPDATE;
    UPDATE plain_account SET balance = balance - sum WHERE id = giver;
    UPDATE plain_account SET balance = balance + sum WHERE id = taker;
    INSERT INTO plain_line (transfer_id, account_id, amount) VALUES (made, giver, -sum), (made, taker, sum);
    RETURN made;
END $$;
INSERT INTO plain_account SELECT n, 0 FROM generate_series(0, 16) AS n;
"""

PGLEDGER_LIKE = """
CREATE FUNCTION like_key(prefix text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE bits bit(130) := ('00' || right((('x' || replace(uuidv7()::text, '-', ''))::bit(128))::text, 128))::bit(130);
    letters text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; made text := '';
BEGIN
    FOR n IN 0..25 LOOP made := made || substr(letters, substring(bits FROM n * 5 + 1 FOR 5)::int + 1, 1); END LOOP;
    RETURN prefix || '_' || made;
END $$;
CREATE TABLE like_account (id text PRIMARY KEY, name text NOT NULL, currency text NOT NULL, balance numeric NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0, may_be_negative boolean NOT NULL, may_be_positive boolean NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE like_transfer (id text PRIMARY KEY DEFAULT like_key('t'), giver text NOT NULL REFERENCES like_account,
    taker text NOT NULL REFERENCES like_account, amount numeric NOT NULL, created_at timestamptz NOT NULL,
    event_at timestamptz NOT NULL, metadata jsonb, CHECK (amount > 0 AND giver <> taker));
CREATE INDEX ON like_transfer (giver);
CREATE INDEX ON like_transfer (taker);
CREATE INDEX ON like_transfer (event_at);
CREATE TABLE like_entry (id text PRIMARY KEY DEFAULT like_key('e'), account_id text NOT NULL REFERENCES like_account,
    transfer_id text NOT NULL REFERENCES like_transfer, amount numeric NOT NULL, balance_before numeric NOT NULL,
    balance_after numeric NOT NULL, version bigint NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX ON like_entry (account_id);
CREATE INDEX ON like_entry (transfer_id);
CREATE FUNCTION like_limits(held like_account) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF NOT held.may_be_negative AND held.balance < 0 THEN RAISE 'negative'; END IF;
    IF NOT held.may_be_positive AND held.balance > 0 THEN RAISE 'positive'; END IF; END $$;
CREATE FUNCTION like_post(from_id text, to_id text, sum numeric) RETURNS SETOF like_transfer LANGUAGE plpgsql AS $$
DECLARE source like_account; target like_account; one text; made text; both_ids text[];
BEGIN
    SELECT array(SELECT DISTINCT n FROM unnest(array[from_id, to_id]) AS n ORDER BY n) INTO both_ids;
    FOREACH one IN ARRAY both_ids LOOP PERFORM id FROM like_account WHERE id = one FOR UPDATE; END LOOP;
    UPDATE like_account SET balance = balance - sum, version = version + 1, updated_at = now() WHERE id = from_id
        RETURNING * INTO source;
    PERFORM like_limits(source);
    UPDATE like_account SET balance = balance + sum, version = version + 1, updated_at = now() WHERE id = to_id
        RETURNING * INTO target;
    PERFORM like_limits(target);
    IF source.currency <> target.currency THEN RAISE 'currency'; END IF;
    INSERT INTO like_transfer (giver, taker, amount, created_at, event_at) VALUES (from_id, to_id, sum, now(), now())
        RETURNING id INTO made;
    INSERT INTO like_entry (account_id, transfer_id, amount, balance_before, balance_after, version, created_at)
        VALUES (from_id, made, -sum, source.balance + sum, source.balance, source.version, now());
    INSERT INTO like_entry (account_id, transfer_id, amount, balance_before, balance_after, version, created_at)
        VALUES (to_id, made, sum, target.balance - sum, target.balance, target.version, now());
    RETURN QUERY SELECT * FROM like_transfer WHERE id = ANY (array[made]) ORDER BY id;
END $$;
INSERT INTO like_account SELECT 'a' || n, 'n', 'CNY', 0, 0, true, true, now(), now() FROM generate_series(0, 16) AS n;
"""


def accounts(client: int, *, is_hot: bool) -> tuple[int, int]:
    """Two accounts of the client's own, or one of them everybody's."""
    return (0 if is_hot else 2 * client + 1, 2 * client + 2)


def plain(run: str, client: int, count: int, is_hot: bool, start: Barrier) -> None:
    giver, taker = accounts(client, is_hot=is_hot)
    with psycopg.connect(_address(), autocommit=True) as writer:
        ask = "SELECT plain_post(%s, %s, %s, %s)"
        writer.execute(ask, [f"{run}/{client}/first", giver, taker, ONE], prepare=True)
        start.wait()
        for number in range(count):
            writer.execute(ask, [f"{run}/{client}/{number}", giver, taker, ONE]).fetchone()


def pgledger_like(run: str, client: int, count: int, is_hot: bool, start: Barrier) -> None:
    giver, taker = (f"a{number}" for number in accounts(client, is_hot=is_hot))
    with psycopg.connect(_address(), autocommit=True) as writer:
        ask = "SELECT * FROM like_post(%s, %s, %s)"
        writer.execute(ask, [giver, taker, ONE], prepare=True)
        start.wait()
        for _number in range(count):
            writer.execute(ask, [giver, taker, ONE]).fetchone()


def project(run: str, client: int, count: int, is_hot: bool, start: Barrier) -> None:
    giver, taker = (f"BENCH:{number}" for number in accounts(client, is_hot=is_hot))
    lines = [Posting(taker, debit=ONE), Posting(giver, credit=ONE)]

    def write(subject: str) -> None:
        actions.post(event="bench", subject=subject, memo="测", booked_on=DAY, lines=lines, by=None, at=AT)

    write(f"{run}/{client}/first")
    start.wait()
    for number in range(count):
        write(f"{run}/{client}/{number}")
    connection.close()


Writer = Callable[[str, int, int, bool, Barrier], None]


def _address() -> str:
    kept = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        dbname=kept["NAME"],
        user=kept["USER"],
        password=kept["PASSWORD"] or None,
        host=kept["HOST"] or kept["OPTIONS"].get("host"),
    )


def seconds(writer: Writer, run: str, clients: int, is_hot: bool) -> float:
    """How long ``clients`` processes take for ENTRIES entries, from the moment all of them are ready."""
    connection.close()
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(clients + 1)
    each = ENTRIES // clients
    workers = [fork.Process(target=writer, args=(run, client, each, is_hot, start)) for client in range(clients)]
    for worker in workers:
        worker.start()
    start.wait(timeout=60)
    begun = time.perf_counter()
    for worker in workers:
        worker.join(timeout=300)
    spent = time.perf_counter() - begun
    assert [worker.exitcode for worker in workers] == [0] * clients
    return spent


@pytest.fixture
def floors(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS plain_line, plain_transfer, plain_account, like_entry, like_transfer, like_account CASCADE"
        )
        for name in ("plain_refuse", "plain_balances", "plain_post", "like_key", "like_limits", "like_post"):
            cursor.execute(f"DROP FUNCTION IF EXISTS {name} CASCADE")
        cursor.execute(PLAIN)
        cursor.execute(PGLEDGER_LIKE)
    _open(17)


def _open(count: int) -> None:
    """A book of plain accounts, two for each client and a hot one."""
    book = Book.objects.create(code="BENCH", name="测", plan=BookPlan.FUND, opened_at=AT)
    Account.objects.bulk_create(
        [Account(code=f"BENCH:{number}", name=f"{number}", kind="asset", book=book) for number in range(count)]
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_posting_beside_its_floors(floors: None, figures: Figures, shape: str) -> None:
    clients, is_hot = SHAPES[shape]
    spans: dict[str, list[float]] = {"project": [], "plain": [], "pgledger": []}
    for run in range(RUNS):
        for name, writer in (("plain", plain), ("pgledger", pgledger_like), ("project", project)):
            spans[name].append(seconds(writer, f"{shape}/{run}", clients, is_hot))

    done = ENTRIES // clients * clients
    middle = {name: statistics.median(found) for name, found in spans.items()}
    figures.rate(
        f"ledger: post, {shape}", done, middle["project"], middle["pgledger"], at_least=1, floor_is="pgledger-like"
    )
    figures.rate(f"ledger: post, {shape} (plain)", done, middle["project"], middle["plain"], floor_is="plain plpgsql")
    trial = queries.trial_balance("BENCH")
    assert trial.is_sound
    assert trial.debited == RUNS * (done + clients) * ONE


def test_a_payment_batch_is_posted_at_once(floors: None, figures: Figures) -> None:
    bookings = [
        Booking("batch", f"{number}", "测", DAY, (Posting("BENCH:1", debit=ONE), Posting("BENCH:2", credit=ONE)))
        for number in range(ENTRIES)
    ]

    begun = time.perf_counter()
    actions.post_many(bookings=bookings, by=None, at=AT)
    figures.rate("ledger: post a batch at once", ENTRIES, time.perf_counter() - begun)

    assert queries.balance("BENCH:1") == ENTRIES * ONE
