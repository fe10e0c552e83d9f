-- Clients with a loan open on the last day, and those of them who joined more than three years before.
WITH running AS (
    SELECT DISTINCT loans.client_id FROM loans JOIN chosen ON loans.client_id = chosen.client_id
    WHERE loans.disbursed_on <= {last} AND (loans.closed_on IS NULL OR loans.closed_on > {last})
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
)
SELECT count(*) AS counted, sum(CASE WHEN clients.joined_on < {three_years_before} THEN 1 ELSE 0 END) AS hits
FROM running JOIN clients ON running.client_id = clients.client_id
