-- What is due on a loan on a day, for loans still open, ended within 182 days, or among the client's newest two.
SELECT instalments.loan_id, instalments.client_id, instalments.due_on, sum(instalments.amount_due) AS amount_due
FROM instalments JOIN lent ON instalments.loan_id = lent.loan_id
WHERE instalments.amount_due > 0 AND (lent.closed_on IS NULL OR lent.ended_ago < 182 OR lent.place <= 2)
GROUP BY instalments.loan_id, instalments.client_id, instalments.due_on
