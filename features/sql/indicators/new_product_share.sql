-- What was lent on loans open on the last day, and what of it in products first lent within the year before.
WITH firsts AS (
    SELECT product_id, min(disbursed_on) AS first_on FROM loans WHERE product_id IS NOT NULL GROUP BY product_id
), running AS (
    SELECT loans.amount, loans.currency, firsts.first_on
    FROM loans JOIN chosen ON loans.client_id = chosen.client_id
        LEFT JOIN firsts ON loans.product_id = firsts.product_id
    WHERE loans.disbursed_on <= {last} AND (loans.closed_on IS NULL OR loans.closed_on > {last})
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
)
SELECT count(*) AS loans, coalesce(sum(amount), 0) AS lent,
    coalesce(sum(CASE WHEN first_on > {year_before} THEN amount ELSE 0 END), 0) AS in_new,
    count(DISTINCT coalesce(currency, '')) AS currencies
FROM running
