-- Payments for loans still open or ended within 182 days.
WITH wanted AS (
    SELECT loan_id, loan_no FROM lent WHERE closed_on IS NULL OR ended_ago < 182
), came AS (
    SELECT wanted.loan_no, repayments.paid_on, repayments.amount
    FROM repayments JOIN wanted ON repayments.loan_id = wanted.loan_id
)
SELECT loan_no, paid_on, amount, sum(amount) OVER (PARTITION BY loan_no ORDER BY paid_on) AS reached FROM came
