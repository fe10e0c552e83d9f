-- Who left in a period and is known to have: the grace period after the last loan is over. The newest leaving of each.
WITH told AS (
    SELECT client_id, left_on, leaver_type, known_on,
        row_number() OVER (PARTITION BY client_id, left_on ORDER BY known_on DESC, leaver_type) AS place
    FROM departures
), ends AS (
    SELECT spells.client_id, spells.ended_on, spells.written_off,
        max_by(told.leaver_type, told.left_on) AS leaver_type
    FROM spells LEFT JOIN told
        ON spells.client_id = told.client_id AND told.place = 1
        AND told.left_on BETWEEN spells.ended_on - {grace} AND spells.ended_on + {grace}
    WHERE spells.ended_on BETWEEN {first} AND {last}
        AND (spells.back_on IS NULL OR spells.back_on > spells.ended_on + {grace})
        AND {day} > spells.ended_on + {grace}
    GROUP BY spells.client_id, spells.ended_on, spells.written_off
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY ended_on DESC) AS place
    FROM ends
), counted AS (
    SELECT numbered.client_id, numbered.ended_on, count(*) AS cycle
    FROM numbered JOIN loans
        ON numbered.client_id = loans.client_id AND loans.disbursed_on <= numbered.ended_on
        AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
    GROUP BY numbered.client_id, numbered.ended_on
)
SELECT numbered.client_id, numbered.ended_on AS left_on, counted.cycle,
    coalesce(numbered.leaver_type, CASE WHEN numbered.written_off = 1 THEN 'WO' ELSE 'UNK' END) AS leaver_type
FROM numbered JOIN counted
    ON numbered.client_id = counted.client_id AND numbered.ended_on = counted.ended_on
WHERE numbered.place = 1
    AND coalesce(numbered.leaver_type, 'UNK') NOT IN {not_exits}
ORDER BY numbered.client_id
