-- Amounts of the loans in the newest loan's currency, weighed by how recent they are. Reads only the client's own rows.
WITH money AS (
    SELECT client_id,
        sum(amount * CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 10)) AS BIGINT)) AS weight_10d,
        sum(amount * CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 21)) AS BIGINT)) AS weight_21d,
        CAST(sum(amount) AS DOUBLE) / count(*) AS average,
        min(amount) AS smallest,
        max(amount) AS largest,
        sum(CASE WHEN closed_on IS NULL THEN amount ELSE 0 END) AS in_hand
    FROM lent WHERE currency IS NOT DISTINCT FROM newest_currency GROUP BY client_id
)
SELECT at_risk.client_id,
    CAST(money.weight_10d AS DOUBLE) / 1000000 AS amounts_halved_10d,
    CAST(money.weight_21d AS DOUBLE) / 1000000 AS amounts_halved_21d,
    money.average AS loan_amount_mean,
    money.largest AS loan_amount_largest,
    CAST(money.smallest AS DOUBLE) / nullif(CAST(money.largest AS DOUBLE), 0) AS loan_amount_evenness,
    money.in_hand AS amount_open
FROM at_risk LEFT JOIN money ON at_risk.client_id = money.client_id
