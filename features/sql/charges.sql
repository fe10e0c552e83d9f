-- What ended loans cost on top of the amount, as far as it is known. Reads only the client's own rows.
WITH charged AS (
    SELECT client_id, place, days_ago,
        CAST(round(1000000 * least(greatest(CAST(planned - amount AS DOUBLE) / CAST(amount AS DOUBLE), 0), 0.15)) AS BIGINT)
            AS charge,
        row_number() OVER (PARTITION BY client_id ORDER BY place) AS nth
    FROM schedules
    WHERE closed_on IS NOT NULL AND amount > 0 AND client_id IN (SELECT client_id FROM at_risk)
), counted AS (
    SELECT client_id,
        max(CASE WHEN nth = 1 THEN charge END) AS latest,
        max(CASE WHEN place = 1 THEN charge END) AS newest,
        max(charge) AS largest,
        max(CASE WHEN days_ago < 42 THEN charge END) AS largest_42d,
        CAST(sum(charge) AS DOUBLE) / count(*) AS average,
        CAST(sum(CASE WHEN nth <= 3 THEN charge END) AS DOUBLE) / sum(CASE WHEN nth <= 3 THEN 1 ELSE 0 END) AS of_three
    FROM charged GROUP BY client_id
)
SELECT at_risk.client_id,
    CAST(counted.latest AS DOUBLE) / 1000000 AS charge_last,
    CAST(counted.newest AS DOUBLE) / 1000000 AS charge_newest,
    CAST(counted.largest AS DOUBLE) / 1000000 AS charge_largest,
    CAST(counted.largest_42d AS DOUBLE) / 1000000 AS charge_largest_42d,
    counted.average / 1000000 AS charge_mean,
    counted.of_three / 1000000 AS charge_mean_last3,
    (counted.latest - counted.average) / 1000000 AS charge_last_to_mean
FROM at_risk LEFT JOIN counted ON at_risk.client_id = counted.client_id
