WITH latest AS (
    SELECT client_id, max(disbursed_on) AS lent_on,
        sum(CASE WHEN closed_on IS NULL THEN 1 ELSE 0 END) AS open_loans,
        max(closed_on) AS ended_on,
        max(CASE WHEN closed_how = 'written_off' THEN closed_on END) AS written_off_on
    FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled'
    GROUP BY client_id
), gone AS (
    SELECT client_id, max(left_on) AS left_on FROM departures WHERE leaver_type <> 'REST' GROUP BY client_id
)
SELECT latest.client_id,
    CASE WHEN latest.open_loans > 0 THEN 'open' ELSE 'resting' END AS state,
    CASE WHEN latest.open_loans = 0 THEN latest.ended_on END AS rests_since
FROM latest LEFT JOIN gone ON latest.client_id = gone.client_id
WHERE latest.lent_on > {day} - {active}
    AND (latest.written_off_on IS NULL OR latest.written_off_on < latest.lent_on)
    AND (gone.left_on IS NULL OR gone.left_on < latest.lent_on)
ORDER BY latest.client_id
