-- classification.stand, over all running loans that may have changed. Parameters: day, attention, substandard, doubtful,
-- loss (days past due above which the class holds), observation (months). Returns id, class before, class after.
WITH overdue AS (
    SELECT loan_id, min(due_on) AS since
    FROM loans_instalment
    WHERE due_on < %(day)s AND (principal_paid < principal_due OR interest_paid < interest_due)
    GROUP BY loan_id
),
watched AS (
    SELECT loan_id AS id FROM overdue
    UNION
    SELECT id FROM loans_loan WHERE state = 'drawn' AND (overdue_since IS NOT NULL OR risk_class <> 'normal')
),
days AS (
    SELECT loan.id, loan.risk_class AS before, overdue.since, loan.set_class,
        coalesce(%(day)s::date - overdue.since, 0) AS past_due,
        loan.risk_class IN ('substandard', 'doubtful', 'loss') AS is_bad,
        CASE WHEN overdue.since IS NULL THEN coalesce(loan.performing_since, %(day)s::date) END AS performing
    FROM loans_loan AS loan
    JOIN watched ON watched.id = loan.id
    LEFT JOIN overdue ON overdue.loan_id = loan.id
    WHERE loan.state = 'drawn'
    ORDER BY loan.id
    FOR NO KEY UPDATE OF loan
),
ranked AS (
    SELECT *,
        greatest(
            CASE
                WHEN past_due > %(loss)s THEN 5
                WHEN past_due > %(doubtful)s THEN 4
                WHEN past_due > %(substandard)s THEN 3
                WHEN past_due > %(attention)s THEN 2
                ELSE 1
            END,
            coalesce(array_position(ARRAY['normal', 'attention', 'substandard', 'doubtful', 'loss'], set_class::text), 1)
        ) AS found,
        is_bad AND (performing IS NULL OR performing + make_interval(months => %(observation)s) > %(day)s::date) AS is_observed
    FROM days
),
stands AS (
    SELECT id, before, since, past_due,
        CASE WHEN is_observed OR (is_bad AND found >= 3) THEN performing END AS performing,
        (ARRAY['normal', 'attention', 'substandard', 'doubtful', 'loss'])
            [CASE WHEN is_observed THEN greatest(found, 3) ELSE found END] AS after
    FROM ranked
)
UPDATE loans_loan AS loan
SET overdue_since = stands.since,
    days_past_due = stands.past_due,
    performing_since = stands.performing,
    risk_class = stands.after,
    classified_on = %(day)s
FROM stands
WHERE loan.id = stands.id
    AND (loan.overdue_since, loan.days_past_due, loan.performing_since, loan.risk_class)
        IS DISTINCT FROM (stands.since, stands.past_due, stands.performing, stands.after::varchar)
RETURNING loan.id, stands.before, stands.after
