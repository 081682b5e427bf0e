"""A province of any size, laid down set-based: firms, records of all 37 items, features, grades, products, loans.

Each step is one transaction that leaves its name in ``bench_step``, so a build that was interrupted goes on. Values are drawn
from hashes of the row's numbers: the same at every build, and spread enough that every feature has something to say. A new
column with a default or NULL needs no change here (``fill``). A benchmark that needs more adds a step at the end of ``STEPS``.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, models, transaction

from enterprises.credit import actions as credit
from enterprises.evaluation import actions as evaluation
from enterprises.evaluation.models import GradeKind
from enterprises.models import Enterprise
from institutions.products.models import Guarantee, Product, ProductVersion, RepaymentMethod, Scene
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from lending.applications.models import Application
from lending.loans.models import Instalment, Loan
from lending.needs.models import Need
from portal import regions
from portal.accounts.models import User
from portal.identifiers import COMPANY, make_uscc
from tests.bench import province_items
from tests.factories import LONG_AGO, NOW, InstitutionFactory, UserFactory

DAY = NOW.date()
INDUSTRIES = ("0111", "1351", "1712", "2614", "3042", "4700", "5174", "5211", "6110", "6210", "6512", "7010", "7810")


@dataclass(frozen=True)
class Province:
    """What a benchmark may count on. Firms have the ids 1 to ``firms``, loans, applications and needs 1 to ``loans``."""

    scale: float
    firms: int
    products: int
    loans: int
    now: dt.datetime = NOW
    day: dt.date = DAY


def build(scale: float, *, superuser: str) -> Province:
    """The province in the database connected to, completed where steps are missing."""
    found = Province(scale, round(300_000 * scale), max(20, round(1_000 * scale)), round(1_000_000 * scale))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_step (name text PRIMARY KEY, seconds numeric)")
        cursor.execute("SELECT name FROM bench_step")
        done = {name for (name,) in cursor.fetchall()}
    if done >= STEPS.keys():
        return found
    _let_replicate(superuser)
    for name, step in STEPS.items():
        if name not in done:
            begun = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                step(found)
                cursor.execute("INSERT INTO bench_step VALUES (%s, %s)", [name, time.perf_counter() - begun])
            print(f"province {scale:g}: {name} in {time.perf_counter() - begun:.1f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return found


def _let_replicate(superuser: str) -> None:
    """Foreign keys and row history would take most of the time and are not what a benchmark of the finished rows is about."""
    with psycopg.connect(superuser, autocommit=True) as admin:
        (role,) = connection.cursor().execute("SELECT current_user").fetchone() or ("",)
        admin.execute(f'GRANT SET ON PARAMETER session_replication_role TO "{role}"')


def fill(model: type[models.Model], expressions: Mapping[str, str], source: str) -> int:
    """``INSERT INTO model SELECT … FROM source``: the columns named from SQL, all others from the field's default."""
    columns, values, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if field.column in expressions:
            columns.append(field.column)
            values.append(expressions[field.column].replace("%", "%%"))
        elif not field.primary_key and (field.has_default() or not field.null):
            columns.append(field.column)
            values.append("%s")
            parameters.append(field.get_db_prep_save(field.get_default(), connection))
    unknown = expressions.keys() - {field.column for field in model._meta.concrete_fields}
    assert not unknown, f"{model.__name__} has no {unknown}"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {source.replace('%', '%%')}",
            parameters,
        )
        rows = int(cursor.rowcount)
        if "id" in expressions:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), max(id)) FROM {model._meta.db_table}"
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
    return rows


# --- Firms --------------------------------------------------------------------------------------------------------------


def _firms(province: Province) -> None:
    counties = [(region.code, region.parent) for region in regions.COUNTIES]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE code (n bigint, uscc text, county text, city text) ON COMMIT DROP")
        with cursor.copy("COPY code FROM STDIN") as copy:
            for n in range(1, province.firms + 1):
                county, city = counties[n * n % 97 % len(counties)]
                copy.write_row((n, make_uscc(COMPANY, county, f"{n:08d}"), county, city))
    industries = ", ".join(f"'{code}'" for code in INDUSTRIES)
    fill(
        Enterprise,
        {
            "id": "n",
            "uscc": "uscc",
            "name": "'宁夏测试' || n || '商贸有限公司'",
            "kind": "(ARRAY['company', 'company', 'sole_trader', 'sole_trader', 'sole_trader', 'cooperative'])[1 + n % 6]",
            "status": "CASE WHEN n % 50 = 0 THEN 'closed' ELSE 'living' END",
            "legal_representative": "'王' || n % 40000",
            "legal_representative_digest": "md5((n % 250000)::text) || md5((n % 250000)::text)",
            "established_on": f"DATE '{DAY}' - 1100 - (n * 37 % 5000)::integer",
            "registered_capital_amount": "(1 + n % 100) * 100000",
            "county_code": "county",
            "city_code": "city",
            "responsible_region": f"CASE WHEN county = '{regions.NINGDONG_COUNTY}' AND n % 3 = 0"
            f" THEN '{regions.NINGDONG}' ELSE city END",
            "industry_code": f"(ARRAY[{industries}])[1 + n % {len(INDUSTRIES)}]",
            "industry_section": "'F'",
            "domicile": "'银川市兴庆区解放西街' || n || '号'",
            "business_scope": "'日用百货批发、零售'",
            "name_pieces": "ARRAY['宁夏', '测试', substr('x' || n, 1, 2)]",
            "registry_as_of": f"'{LONG_AGO.isoformat()}'::timestamptz",
        },
        "code",
    )


# --- Records ------------------------------------------------------------------------------------------------------------


def _catalogue(province: Province) -> None:
    credit.load_catalogue(by=None, at=LONG_AGO)


def _records_of(item: str) -> Callable[[Province], None]:
    def step(province: Province) -> None:
        province_items.lay_down(item, day=DAY, at=NOW - dt.timedelta(days=2))

    return step


def _features(province: Province) -> None:
    credit.refresh_features(enterprise_ids=None, at=NOW)


def _grades(province: Province) -> None:
    evaluation.load_scorecards(by=None, at=NOW)
    evaluation.grade(enterprise_ids=None, kind=GradeKind.BASE, at=NOW)


# --- Products -----------------------------------------------------------------------------------------------------------

CRITERIA: list[dict[str, object]] = [
    {"kind": "region", "value": ["640100", "640300"]},
    {"kind": "industry_excluded", "value": ["K"]},
    {"kind": "size_class", "value": ["small", "micro"]},
    {"kind": "min_years", "value": 2},
    {"kind": "min_grade", "value": "BB"},
    {"kind": "tax_grade", "value": ["A", "B", "M"]},
    {"kind": "no_dishonesty", "value": True},
    {"kind": "min_sales", "value": "1000000"},
]


def _products(province: Province) -> None:
    drafter, reviewer = UserFactory(username="bench-drafter"), UserFactory(username="bench-reviewer", is_staff=True)
    banks = InstitutionFactory.create_batch(40, state=InstitutionState.ADMITTED)
    products = Product.objects.bulk_create(
        Product(institution=banks[n % 40], name=f"信用贷{n}号", drafted_at=LONG_AGO, drafted_by=drafter)
        for n in range(province.products)
    )
    stamps: dict[str, Any] = dict.fromkeys(("drafted_at", "submitted_at", "reviewed_at"), LONG_AGO)
    ProductVersion.objects.bulk_create(
        ProductVersion(
            product=product,
            number=1,
            state=VersionState.LISTED,
            summary="面向小微企业的纯信用贷款",
            scene=list(Scene)[n % len(Scene)],
            min_amount=100_000,
            max_amount=3_000_000 + n % 7 * 100_000,
            min_term_months=6,
            max_term_months=36,
            min_rate=f"{0.035 + n % 20 / 1000:.4f}",
            max_rate="0.0600",
            guarantees=[Guarantee.CREDIT, Guarantee.GUARANTOR],
            repayment_methods=[RepaymentMethod.EQUAL_INSTALMENTS],
            criteria=[dict(criterion) for criterion in CRITERIA[: 1 + n % 8]],
            asked_items={"MR_BASIC": "detail"},
            drafted_by=drafter,
            submitted_by=drafter,
            reviewed_by=reviewer,
            **stamps,
        )
        for n, product in enumerate(products)
    )


# --- Loans --------------------------------------------------------------------------------------------------------------


def _who() -> tuple[int, int]:
    return User.objects.get(username="bench-drafter").pk, User.objects.get(username="bench-reviewer").pk


def _numbers(province: Province) -> str:
    """Loans i = 1, 2, … with their firm ``e``, their age in days and their product version ``v``."""
    return f"""(SELECT i, e.id AS firm, e.responsible_region, e.county_code, i * 31 % 1460 AS age, v.id AS version,
                       v.institution_id, (1 + i % 60) * 50000 AS amount
                FROM generate_series(1, {province.loans}) AS i
                JOIN enterprises_enterprise e ON e.id = 1 + i * 17 % {province.firms}
                JOIN (SELECT v.id, p.institution_id, row_number() OVER (ORDER BY v.id) AS place
                      FROM {ProductVersion._meta.db_table} v JOIN {Product._meta.db_table} p ON p.id = v.product_id) AS v
                  ON v.place = 1 + i % {province.products}) AS l"""


def _moment(days: str) -> str:
    return f"'{NOW.isoformat()}'::timestamptz - ({days}) * interval '1 day'"


def _key(salt: str) -> str:
    return f"md5('{salt}' || i)::uuid"


def _needs(province: Province) -> None:
    drafter, _reviewer = _who()
    fill(
        Need,
        {
            "id": "i",
            "enterprise_id": "firm",
            "amount": "amount",
            "term_months": "12",
            "use": "'working_capital'",
            "guarantees": "ARRAY['credit']",
            "contact_name": "'马晓燕'",
            "contact_phone": "'13909510001'",
            "responsible_region": "responsible_region",
            "county_code": "county_code",
            "state": "'met'",
            "posted_at": _moment("age + 30"),
            "posted_by_id": str(drafter),
            "expires_on": f"DATE '{DAY}' - age + 60",
            "submission_key": _key("need"),
        },
        _numbers(province),
    )


def _applications(province: Province) -> None:
    drafter, reviewer = _who()
    fill(
        Application,
        {
            "id": "i",
            "need_id": "i",
            "enterprise_id": "firm",
            "institution_id": "institution_id",
            "product_version_id": "version",
            "authorization_id": "0",
            "amount": "amount",
            "term_months": "12",
            "use": "'working_capital'",
            "contact_name": "'马晓燕'",
            "contact_phone": "'13909510001'",
            "is_first_loan": "i % 4 = 0",
            "responsible_region": "responsible_region",
            "county_code": "county_code",
            "state": "'contracted'",
            "submitted_at": _moment("age + 20"),
            "submitted_by_id": str(drafter),
            "accept_due_at": _moment("age + 17"),
            "decide_due_at": _moment("age + 8"),
            "accepted_at": _moment("age + 19"),
            "accepted_by_id": str(drafter),
            "decided_at": _moment("age + 19 - i % 15"),
            "decided_by_id": str(reviewer),
            "contracted_at": _moment("age + 2"),
            "contracted_by_id": str(drafter),
            "approved_amount": "amount",
            "approved_rate": "0.035 + i % 30 * 0.001",
            "approved_term_months": "12",
            "approved_method": "'bullet'",
            "approved_guarantee": "'credit'",
            "submission_key": _key("application"),
        },
        _numbers(province),
    )


IS_RUNNING, IS_LATE = "age < 365", "(age BETWEEN 60 AND 364 AND i % 25 = 0)"


def _loans(province: Province) -> None:
    drafter, reviewer = _who()
    days = "(age - 31)"
    fill(
        Loan,
        {
            "id": "i",
            "application_id": "i",
            "enterprise_id": "firm",
            "institution_id": "institution_id",
            "product_version_id": "version",
            "contract_number": "'HT' || i",
            "contract_amount": "amount",
            "annual_rate": "0.035 + i % 30 * 0.001",
            "term_months": "12",
            "method": "'bullet'",
            "guarantee": "(ARRAY['credit', 'guarantor', 'mortgage'])[1 + i % 3]",
            "is_first_loan": "i % 4 = 0",
            "signed_on": f"DATE '{DAY}' - age",
            "signed_at": _moment("age"),
            "signed_by_id": str(drafter),
            "state": f"CASE WHEN {IS_RUNNING} THEN 'drawn' WHEN i % 200 = 0 THEN 'written_off' ELSE 'settled' END",
            "drawn_amount": "amount",
            "drawn_on": f"DATE '{DAY}' - age",
            "drawn_at": _moment("age"),
            "drawn_by_id": str(drafter),
            "matures_on": f"(DATE '{DAY}' - age + interval '1 year')::date",
            "principal_balance": f"CASE WHEN {IS_RUNNING} OR i % 200 = 0 THEN amount ELSE 0 END",
            "overdue_since": f"CASE WHEN {IS_LATE} THEN DATE '{DAY}' - {days} END",
            "days_past_due": f"CASE WHEN {IS_LATE} THEN {days} ELSE 0 END",
            "risk_class": f"CASE WHEN NOT {IS_LATE} THEN 'normal' WHEN {days} <= 90 THEN 'attention'"
            f" WHEN {days} <= 270 THEN 'substandard' ELSE 'doubtful' END",
            "classified_on": f"DATE '{DAY}'",
            "settled_at": f"CASE WHEN NOT {IS_RUNNING} AND i % 200 <> 0 THEN {_moment('age - 365')} END",
            "settled_by_id": f"CASE WHEN NOT {IS_RUNNING} AND i % 200 <> 0 THEN {reviewer} END",
            "written_off_at": f"CASE WHEN NOT {IS_RUNNING} AND i % 200 = 0 THEN {_moment('age - 365')} END",
            "written_off_by_id": f"CASE WHEN NOT {IS_RUNNING} AND i % 200 = 0 THEN {reviewer} END",
            "responsible_region": "responsible_region",
            "county_code": "county_code",
        },
        _numbers(province),
    )


def _instalments(province: Province) -> None:
    """One due day a loan, or two where the first was missed."""
    paid = "CASE WHEN state = 'settled' THEN {0} ELSE 0 END"
    interest = "round(drawn_amount * annual_rate, 2)"
    fill(
        Instalment,
        {
            "loan_id": "id",
            "number": "1",
            "due_on": "coalesce(overdue_since, matures_on)",
            "principal_due": "drawn_amount",
            "interest_due": interest,
            "principal_paid": paid.format("drawn_amount"),
            "interest_paid": paid.format(interest),
        },
        Loan._meta.db_table,
    )


STEPS: dict[str, Callable[[Province], None]] = {
    "firms": _firms,
    "catalogue": _catalogue,
    **{f"records of {item}": _records_of(item) for item in province_items.SHARES},
    "features": _features,
    "grades": _grades,
    "products": _products,
    "needs": _needs,
    "applications": _applications,
    "loans": _loans,
    "instalments": _instalments,
}
