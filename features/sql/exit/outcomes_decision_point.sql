-- Seen from a later day: the first spell end, from the spell the client was in on as_of onwards, that no new loan
-- followed within the grace period.
WITH risk AS (SELECT client_id, state FROM asked), current_spell AS (
    SELECT risk.client_id, risk.state, max(spells.spell) AS spell
    FROM risk JOIN spells ON risk.client_id = spells.client_id AND spells.began_on <= {day}
    GROUP BY risk.client_id, risk.state
), ends AS (
    SELECT current_spell.client_id, spells.spell, spells.ended_on, spells.back_on, spells.written_off,
        CASE WHEN spells.ended_on = {never} THEN 0
             WHEN spells.back_on IS NOT NULL AND spells.back_on <= spells.ended_on + {grace} THEN 0
             ELSE 1 END AS left_then
    FROM current_spell JOIN spells
        ON current_spell.client_id = spells.client_id AND spells.spell >= current_spell.spell
), typed AS (
    SELECT ends.client_id, ends.spell, max(departures.leaver_type) AS leaver_type
    FROM ends JOIN departures ON ends.client_id = departures.client_id
        AND departures.left_on >= ends.ended_on - {grace} AND departures.left_on <= ends.ended_on + {grace}
        AND departures.leaver_type <> 'REST'
    WHERE ends.ended_on < {never} GROUP BY ends.client_id, ends.spell
), saved AS (
    SELECT ends.client_id, ends.spell FROM ends JOIN savings ON ends.client_id = savings.client_id
        AND savings.kind = 'deposit' AND savings.moved_on > ends.ended_on
        AND savings.moved_on <= ends.ended_on + {grace}
    WHERE {savers_stay} AND ends.ended_on < {never}
    GROUP BY ends.client_id, ends.spell
), judged AS (
    SELECT ends.client_id, ends.spell, ends.ended_on,
        CASE WHEN ends.written_off = 1 THEN 'forced'
             WHEN typed.leaver_type IN {forced} THEN 'forced'
             WHEN typed.leaver_type IN {not_exits} THEN 'not_an_exit'
             WHEN saved.client_id IS NOT NULL THEN 'not_an_exit'
             ELSE 'choice' END AS cause,
        row_number() OVER (PARTITION BY ends.client_id ORDER BY ends.spell) AS place
    FROM ends
    LEFT JOIN typed ON ends.client_id = typed.client_id AND ends.spell = typed.spell
    LEFT JOIN saved ON ends.client_id = saved.client_id AND ends.spell = saved.spell
    WHERE ends.left_then = 1
), points AS (
    SELECT client_id, min(ended_on) AS decides_on FROM ends
    WHERE ended_on > {day} AND ended_on < {never} GROUP BY client_id
)
SELECT current_spell.client_id, current_spell.state,
    CASE WHEN judged.client_id IS NULL THEN NULL
         ELSE greatest(date_diff('day', {day}, judged.ended_on), 0) END AS event_days,
    judged.cause AS cause,
    date_diff('day', {day}, points.decides_on) AS decides_days
FROM current_spell
LEFT JOIN judged ON current_spell.client_id = judged.client_id AND judged.place = 1
LEFT JOIN points ON current_spell.client_id = points.client_id
ORDER BY current_spell.client_id
