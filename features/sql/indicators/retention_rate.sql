-- Deciders of the period whose grace period is over, and those of them who came back within it.
SELECT count(*) AS counted,
    sum(CASE WHEN spells.back_on IS NOT NULL AND spells.back_on <= spells.ended_on + {grace} THEN 1 ELSE 0 END) AS hits
FROM spells JOIN chosen ON spells.client_id = chosen.client_id
WHERE spells.ended_on BETWEEN {first} AND {last} AND spells.written_off = 0 AND spells.ended_on + {grace} < {day}
