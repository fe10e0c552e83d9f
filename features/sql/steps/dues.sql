-- Each due day of a loan that is open or ended within 182 days, and when the money for it had come in.
WITH planned AS (
    SELECT plans.loan_id, plans.client_id, plans.due_on, plans.amount_due, lent.closed_on,
        sum(plans.amount_due) OVER (PARTITION BY plans.loan_id ORDER BY plans.due_on) AS reached
    FROM plans JOIN lent ON plans.loan_id = lent.loan_id
    WHERE lent.closed_on IS NULL OR lent.ended_ago < 182
), levels AS (
    SELECT loan_id, client_id, due_on, amount_due, closed_on, reached, CAST(NULL AS DATE) AS paid_on, 1 AS is_due
    FROM planned
    UNION ALL
    SELECT loan_id, client_id, CAST(NULL AS DATE), CAST(NULL AS DECIMAL(38, 2)), CAST(NULL AS DATE),
        sum(amount) OVER (PARTITION BY loan_id ORDER BY paid_on), paid_on, 0
    FROM received
), settled AS (
    SELECT loan_id, client_id, due_on, amount_due, closed_on, is_due, min(paid_on) OVER (
            PARTITION BY loan_id ORDER BY reached DESC, is_due ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS settled_on
    FROM levels
)
SELECT settled.loan_id, settled.client_id, settled.due_on, settled.amount_due, settled.closed_on, settled.settled_on,
    date_diff('day', settled.due_on, moment.as_of) AS due_ago,
    CASE WHEN settled.due_on <= moment.as_of THEN greatest(
        date_diff('day', settled.due_on, coalesce(settled.settled_on, settled.closed_on, moment.as_of)), 0
    ) END AS delay
FROM settled CROSS JOIN moment
WHERE settled.is_due = 1 AND (settled.closed_on IS NULL OR settled.due_on <= settled.closed_on)
