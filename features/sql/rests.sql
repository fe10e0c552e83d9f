-- Pauses between loans, past and present. Reads only the client's own rows.
WITH pauses AS (
    SELECT client_id, date_diff('day', ended_on, back_on) AS days, date_diff('day', ended_on, moment.as_of) AS began_ago,
        row_number() OVER (PARTITION BY client_id ORDER BY spell DESC) AS place
    FROM spells CROSS JOIN moment WHERE back_on IS NOT NULL
), past AS (
    SELECT client_id, count(*) AS rests, max(days) AS longest, CAST(sum(days) AS DOUBLE) / count(*) AS average,
        max(CASE WHEN place = 1 THEN days END) AS latest,
        sum(CASE WHEN began_ago BETWEEN 320 AND 410 OR began_ago BETWEEN 685 AND 775 THEN 1 ELSE 0 END) AS this_season
    FROM pauses GROUP BY client_id
), present AS (
    SELECT spells.client_id,
        CASE WHEN spells.ended_on > moment.as_of THEN 0 ELSE date_diff('day', spells.ended_on, moment.as_of) END AS days
    FROM spells CROSS JOIN moment WHERE spells.back_on IS NULL
)
SELECT at_risk.client_id,
    coalesce(past.rests, 0) AS rests_taken,
    past.longest AS rest_longest_days,
    past.average AS rest_mean_days,
    past.latest AS rest_last_days,
    present.days AS resting_days,
    CAST(present.days AS DOUBLE) / nullif(past.longest, 0) AS resting_to_longest,
    coalesce(past.this_season, 0) AS rests_this_season
FROM at_risk
LEFT JOIN past ON at_risk.client_id = past.client_id
LEFT JOIN present ON at_risk.client_id = present.client_id
