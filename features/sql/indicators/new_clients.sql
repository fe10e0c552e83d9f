-- Clients whose first loan was paid out in the period.
WITH firsts AS (
    SELECT client_id, min(disbursed_on) AS first_on FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled' GROUP BY client_id
)
SELECT count(*) AS counted FROM firsts JOIN chosen ON firsts.client_id = chosen.client_id
WHERE firsts.first_on BETWEEN {first} AND {last}
