-- The plan of each loan in one row.
WITH added AS (
    SELECT plans.loan_no, sum(plans.amount_due) AS planned, count(*) AS instalments,
        sum(CASE WHEN plans.due_on <= moment.as_of THEN plans.amount_due ELSE 0 END) AS due_by_now,
        sum(CASE WHEN date_diff('day', moment.as_of, plans.due_on) BETWEEN 1 AND 28 THEN plans.amount_due ELSE 0 END)
            AS next_28d
    FROM plans CROSS JOIN moment GROUP BY plans.loan_no
)
SELECT added.loan_no, lent.client_id, lent.closed_on, lent.place, lent.amount,
    CASE WHEN lent.currency IS NOT DISTINCT FROM lent.newest_currency THEN 1 ELSE 0 END AS same_currency,
    added.planned, added.instalments, added.due_by_now, added.next_28d, lent.days_ago
FROM added JOIN lent ON added.loan_no = lent.loan_no
