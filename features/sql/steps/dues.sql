-- Instalments due within 182 days or still to come, or not settled, and when the money for each had come in.
WITH most AS (
    SELECT loan_no, max(reached) AS reached FROM received GROUP BY loan_no
), planned AS (
    SELECT plans.loan_no, plans.due_on, plans.reached, CASE WHEN plans.reached <= most.reached THEN 1 ELSE 0 END AS covered
    FROM plans CROSS JOIN moment LEFT JOIN most ON plans.loan_no = most.loan_no
    WHERE date_diff('day', plans.due_on, moment.as_of) < 182 OR most.reached IS NULL OR plans.reached > most.reached
), levels AS (
    SELECT loan_no, due_on, reached, CAST(NULL AS DATE) AS paid_on, 1 AS is_due FROM planned WHERE covered = 1
    UNION ALL
    SELECT loan_no, CAST(NULL AS DATE), reached, paid_on, 0 FROM received
), settled AS (
    SELECT loan_no, due_on, is_due, min(paid_on) OVER (
            PARTITION BY loan_no ORDER BY reached DESC, is_due ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS settled_on
    FROM levels
), every_due AS (
    SELECT loan_no, due_on, settled_on FROM settled WHERE is_due = 1
    UNION ALL
    SELECT loan_no, due_on, CAST(NULL AS DATE) FROM planned WHERE covered = 0
)
SELECT lent.client_id, lent.closed_on, every_due.settled_on,
    date_diff('day', every_due.due_on, moment.as_of) AS due_ago,
    CASE WHEN every_due.due_on <= moment.as_of THEN greatest(
        date_diff('day', every_due.due_on, coalesce(every_due.settled_on, lent.closed_on, moment.as_of)), 0
    ) END AS delay
FROM every_due CROSS JOIN moment JOIN lent ON every_due.loan_no = lent.loan_no
WHERE lent.closed_on IS NULL OR (lent.ended_ago < 182 AND every_due.due_on <= lent.closed_on)
