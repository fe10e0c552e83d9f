-- The days on which the client borrowed, latest first, and the gap before each.
WITH days AS (
    SELECT client_id, days_ago, count(*) AS loans FROM lent
    WHERE client_id IN (SELECT client_id FROM at_risk) GROUP BY client_id, days_ago
)
SELECT client_id, days_ago, loans,
    lead(days_ago) OVER (PARTITION BY client_id ORDER BY days_ago) - days_ago AS gap,
    first_value(days_ago) OVER (PARTITION BY client_id ORDER BY days_ago) AS silence,
    row_number() OVER (PARTITION BY client_id ORDER BY days_ago) AS place
FROM days
