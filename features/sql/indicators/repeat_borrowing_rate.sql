-- Loans paid out in the period, and those of them to clients who had borrowed before.
WITH lent AS (
    SELECT client_id, disbursed_on,
        row_number() OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS place
    FROM loans WHERE closed_how IS NULL OR closed_how <> 'cancelled'
)
SELECT count(*) AS counted, sum(CASE WHEN lent.place > 1 THEN 1 ELSE 0 END) AS hits
FROM lent JOIN chosen ON lent.client_id = chosen.client_id
WHERE lent.disbursed_on BETWEEN {first} AND {last}
