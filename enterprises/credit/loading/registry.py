"""The registry fed by the item MR_BASIC: firms appear, are renamed, move and close as the registry says, set-based."""

from datetime import datetime

from django.db import connection
from psycopg.sql import SQL, Composable, Literal

from enterprises.models import EnterpriseKind, RegistrationStatus, SizeClass
from portal import industries, regions

KINDS = {
    "企业": EnterpriseKind.COMPANY,
    "个体工商户": EnterpriseKind.SOLE_TRADER,
    "农民专业合作社": EnterpriseKind.COOPERATIVE,
    "分支机构": EnterpriseKind.BRANCH,
}
STATUSES = {
    "存续": RegistrationStatus.LIVING,
    "歇业": RegistrationStatus.SUSPENDED,
    "吊销": RegistrationStatus.REVOKED,
    "注销": RegistrationStatus.CLOSED,
    "撤销": RegistrationStatus.ANNULLED,
    "迁出": RegistrationStatus.MOVED_OUT,
}
#: Withdrawn codes whose whole county lives on under another code; the others keep their code and count for their city.
SUCCESSORS = {"640382": "640181", "640321": "640502", "640322": "640521", "640203": "640205", "640222": "640205"}


def feed_from_batch(batch_id: int, at: datetime) -> int:
    """Write the firms of the staged rows that say something new."""
    return _feed(
        SQL("""
        SELECT s.uscc, s.payload FROM credit_stagedrow s
        WHERE s.batch_id = {} AND NOT s.is_withdrawal
          AND NOT EXISTS (SELECT FROM known WHERE known.line = s.line AND known.is_same)""").format(Literal(batch_id)),
        at,
    )


def feed_from_records(enterprise_ids: Composable, at: datetime) -> int:
    """Write firms anew from the registry records in force; a firm without any stays as it was last known."""
    return _feed(
        SQL("""
        SELECT DISTINCT ON (r.enterprise_id) r.payload ->> 'uscc' AS uscc, r.payload
        FROM credit_record r JOIN credit_source source ON source.id = r.source_id
        WHERE r.item_code = 'MR_BASIC' AND r.superseded_at IS NULL AND NOT r.is_withdrawal
          AND r.enterprise_id IN ({})
        ORDER BY r.enterprise_id, source.precedence, r.id DESC""").format(enterprise_ids),
        at,
    )


def _feed(rows: Composable, at: datetime) -> int:
    sections = [(i.code, i.parent) for i in industries.INDUSTRIES.values() if i.parent]
    successors = [(old, SUCCESSORS.get(old, old)) for old in regions.WITHDRAWN]
    cities = [
        (c.code, c.parent if c.level == "county" else c.code) for c in regions.REGIONS.values() if c.code.isdigit()
    ]
    cities += [(old, f"{old[:4]}00") for old in regions.WITHDRAWN if SUCCESSORS.get(old, old) == old]
    statement = SQL(_FEED).format(
        rows=rows,
        at=Literal(at),
        sections=_pairs(sections),
        successors=_pairs(successors),
        cities=_pairs(cities),
        kinds=_pairs([(text, kind.value) for text, kind in KINDS.items()]),
        statuses=_pairs([(text, status.value) for text, status in STATUSES.items()]),
        ningdong=Literal(regions.NINGDONG),
        ningdong_county=Literal(regions.NINGDONG_COUNTY),
        unknown=Literal(SizeClass.UNKNOWN.value),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def _pairs(pairs: list[tuple[str, str]]) -> Composable:
    return SQL("(VALUES {})").format(
        SQL(", ").join(SQL("({}, {})").format(Literal(one), Literal(two)) for one, two in pairs)
    )


#: 宁东 has no code of its own: a firm of 灵武 whose domicile names it is its responsibility.
_FEED = """
WITH rows AS MATERIALIZED ({rows}), facts AS (
    SELECT r.uscc, p.entity_name AS name, kinds.code AS kind, statuses.code AS status, p.legal_rep_name,
           coalesce(p.legal_rep_id_no, '') AS digest, p.establish_date, p.reg_capital * 10000 AS capital,
           coalesce(successors.code, p.region_code) AS county_code, p.domicile, coalesce(p.biz_scope, '') AS biz_scope,
           coalesce(p.industry_code, '') AS industry_code, coalesce(sections.code, '') AS section
    FROM rows r
    CROSS JOIN LATERAL jsonb_to_record(r.payload) AS p (
        entity_name text, entity_type text, legal_rep_name text, legal_rep_id_no text, reg_capital numeric,
        establish_date date, reg_status text, domicile text, region_code text, industry_code text, biz_scope text)
    JOIN {kinds} AS kinds (label, code) ON kinds.label = p.entity_type
    JOIN {statuses} AS statuses (label, code) ON statuses.label = p.reg_status
    LEFT JOIN {sections} AS sections (division, code) ON sections.division = left(p.industry_code, 2)
    LEFT JOIN {successors} AS successors (old, code) ON successors.old = p.region_code
), placed AS (
    SELECT facts.*, cities.code AS city_code,
           CASE WHEN county_code = {ningdong_county} AND domicile LIKE '%宁东%' THEN {ningdong} ELSE cities.code END AS region
    FROM facts JOIN {cities} AS cities (county, code) ON cities.county = facts.county_code
)
INSERT INTO enterprises_enterprise AS e (
    uscc, name, kind, status, legal_representative, legal_representative_digest, established_on,
    registered_capital_amount, county_code, city_code, responsible_region, industry_code, industry_section, size_class,
    domicile, business_scope, name_pieces, registry_as_of)
SELECT uscc, name, kind, status, legal_rep_name, digest, establish_date, capital, county_code, city_code, region,
       industry_code, section, {unknown}, domicile, biz_scope,
       ARRAY(SELECT DISTINCT substr(name, place, 2) FROM generate_series(1, greatest(length(name) - 1, 1)) AS place), {at}
FROM placed
ORDER BY uscc
ON CONFLICT (uscc) DO UPDATE SET
    name = excluded.name, kind = excluded.kind, status = excluded.status,
    legal_representative = excluded.legal_representative,
    legal_representative_digest = CASE
        WHEN excluded.legal_representative_digest = '' AND excluded.legal_representative = e.legal_representative
        THEN e.legal_representative_digest ELSE excluded.legal_representative_digest END,
    established_on = excluded.established_on, registered_capital_amount = excluded.registered_capital_amount,
    county_code = excluded.county_code, city_code = excluded.city_code,
    responsible_region = excluded.responsible_region, industry_code = excluded.industry_code,
    industry_section = excluded.industry_section, domicile = excluded.domicile,
    business_scope = excluded.business_scope, name_pieces = excluded.name_pieces, registry_as_of = excluded.registry_as_of
"""
