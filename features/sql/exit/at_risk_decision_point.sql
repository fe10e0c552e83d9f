WITH latest AS (
    SELECT client_id, began_on, ended_on, written_off FROM spells WHERE back_on IS NULL
), gone AS (
    SELECT client_id, max(left_on) AS left_on FROM departures WHERE leaver_type <> 'REST' GROUP BY client_id
)
SELECT latest.client_id,
    CASE WHEN latest.ended_on = {never} THEN 'open' ELSE 'resting' END AS state,
    CASE WHEN latest.ended_on < {never} THEN latest.ended_on END AS rests_since
FROM latest LEFT JOIN gone ON latest.client_id = gone.client_id
WHERE (latest.ended_on = {never} AND (gone.left_on IS NULL OR gone.left_on < latest.began_on OR NOT EXISTS (
        SELECT 1 FROM departures WHERE departures.client_id = latest.client_id
        AND departures.left_on = gone.left_on AND departures.leaver_type IN {not_exits})))
    OR (latest.ended_on < {never} AND latest.written_off = 0
        AND latest.ended_on + {grace} >= {day}
        AND (gone.left_on IS NULL OR gone.left_on < latest.ended_on))
ORDER BY latest.client_id
