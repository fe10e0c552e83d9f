-- Instalments of loans still open, ended within 182 days, or among the newest two of a client at risk.
WITH wanted AS (
    SELECT loan_id, loan_no FROM lent WHERE closed_on IS NULL OR ended_ago < 182
        OR (place <= 2 AND client_id IN (SELECT client_id FROM at_risk))
), due AS (
    SELECT wanted.loan_no, instalments.due_on, instalments.amount_due
    FROM instalments JOIN wanted ON instalments.loan_id = wanted.loan_id WHERE instalments.amount_due > 0
)
SELECT loan_no, due_on, amount_due, sum(amount_due) OVER (PARTITION BY loan_no ORDER BY due_on) AS reached FROM due
