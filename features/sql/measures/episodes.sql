-- Runs of loans with no gap longer than the grace period: from the day a client came to the day she went.
-- She goes on the day her last loan ended, and it is settled only when the grace period is over or a register says so.
WITH marked AS (
    SELECT client_id, spell, began_on, ended_on, written_off,
        CASE WHEN lag(back_on) OVER (PARTITION BY client_id ORDER BY spell)
            <= lag(ended_on) OVER (PARTITION BY client_id ORDER BY spell) + {grace} THEN 0 ELSE 1 END AS comes
    FROM spells
), numbered AS (
    SELECT *, sum(comes) OVER (PARTITION BY client_id ORDER BY spell ROWS UNBOUNDED PRECEDING) AS episode
    FROM marked
), runs AS (
    SELECT client_id, episode, min(began_on) AS began_on, max(spell) AS spell, max(ended_on) AS ended_on,
        arg_max(written_off, spell) AS written_off
    FROM numbered GROUP BY client_id, episode
), told AS (
    SELECT runs.client_id, runs.episode, max(departures.leaver_type) AS leaver_type
    FROM runs JOIN departures ON runs.client_id = departures.client_id
        AND departures.left_on >= runs.ended_on - {grace} AND departures.left_on <= runs.ended_on + {grace}
        AND departures.leaver_type <> 'REST'
        AND (runs.ended_on + {grace} < {day} OR departures.left_on >= runs.ended_on)
    WHERE runs.ended_on < {never} GROUP BY runs.client_id, runs.episode
), lost AS (
    SELECT runs.client_id, runs.episode, min(departures.left_on) AS left_on,
        min(departures.leaver_type) AS leaver_type
    FROM runs JOIN departures ON runs.client_id = departures.client_id
        AND departures.left_on >= runs.began_on AND departures.leaver_type IN {not_exits}
    WHERE runs.ended_on = {never} GROUP BY runs.client_id, runs.episode
), saved AS (
    SELECT runs.client_id, runs.episode FROM runs JOIN savings ON runs.client_id = savings.client_id
        AND savings.kind = 'deposit' AND savings.moved_on > runs.ended_on
        AND savings.moved_on <= runs.ended_on + {grace}
    WHERE {savers_stay} AND runs.ended_on < {never} GROUP BY runs.client_id, runs.episode
), judged AS (
    SELECT runs.client_id, runs.episode, runs.spell, runs.began_on,
        CASE WHEN runs.ended_on < {never} THEN runs.ended_on ELSE lost.left_on END AS last_on,
        CASE WHEN runs.ended_on = {never} THEN lost.leaver_type
             WHEN runs.written_off = 1 THEN 'WO'
             WHEN told.leaver_type IS NOT NULL THEN told.leaver_type
             WHEN runs.ended_on + {grace} >= {day} THEN NULL
             WHEN saved.client_id IS NOT NULL THEN 'SAVES'
             ELSE 'UNK' END AS leaver_type,
        runs.ended_on < runs.began_on AS ended_before_it_began
    FROM runs
    LEFT JOIN told ON runs.client_id = told.client_id AND runs.episode = told.episode
    LEFT JOIN lost ON runs.client_id = lost.client_id AND runs.episode = lost.episode
    LEFT JOIN saved ON runs.client_id = saved.client_id AND runs.episode = saved.episode
)
SELECT judged.client_id, judged.episode, judged.spell, judged.began_on,
    CASE WHEN judged.leaver_type IS NOT NULL THEN greatest(judged.last_on, judged.began_on) END AS left_on,
    judged.leaver_type,
    judged.leaver_type IS NULL AND judged.last_on IS NOT NULL AS rests,
    CASE WHEN judged.episode > 1 THEN 'back' WHEN clients.joined_on < {begins} THEN 'earlier' ELSE 'new' END AS came_as,
    judged.ended_before_it_began
FROM judged LEFT JOIN clients ON judged.client_id = clients.client_id
