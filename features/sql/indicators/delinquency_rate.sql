-- Clients with a loan open on the last day, and those of them who had paid less than was due 30 days before.
WITH running AS (
    SELECT loans.loan_id, loans.client_id FROM loans JOIN chosen ON loans.client_id = chosen.client_id
    WHERE loans.disbursed_on <= {last} AND (loans.closed_on IS NULL OR loans.closed_on > {last})
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
), dues AS (
    SELECT loan_id, sum(amount_due) AS due FROM instalments WHERE due_on <= {late} GROUP BY loan_id
), paid AS (
    SELECT loan_id, sum(amount) AS paid FROM repayments WHERE paid_on <= {last} GROUP BY loan_id
), judged AS (
    SELECT running.client_id,
        max(CASE WHEN coalesce(dues.due, 0) > coalesce(paid.paid, 0) THEN 1 ELSE 0 END) AS late
    FROM running LEFT JOIN dues ON running.loan_id = dues.loan_id LEFT JOIN paid ON running.loan_id = paid.loan_id
    GROUP BY running.client_id
)
SELECT count(*) AS counted, sum(late) AS hits FROM judged
