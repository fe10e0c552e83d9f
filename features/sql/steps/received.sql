-- What came in for a loan on a day, for loans still open or ended within 182 days.
SELECT repayments.loan_id, repayments.client_id, repayments.paid_on, sum(repayments.amount) AS amount
FROM repayments JOIN lent ON repayments.loan_id = lent.loan_id
WHERE lent.closed_on IS NULL OR lent.ended_ago < 182
GROUP BY repayments.loan_id, repayments.client_id, repayments.paid_on
