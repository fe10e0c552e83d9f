-- The time of the year, the month and the week, and what the client did then before. Reads only the client's own rows.
WITH counted AS (
    SELECT lent.client_id,
        sum(CASE WHEN lent.days_ago BETWEEN 337 AND 364 OR lent.days_ago BETWEEN 702 AND 729 THEN 1 ELSE 0 END) AS coming,
        sum(CASE WHEN lent.days_ago BETWEEN 365 AND 392 OR lent.days_ago BETWEEN 730 AND 757 THEN 1 ELSE 0 END) AS passed,
        sum(CASE WHEN lent.ended_early < 0 AND (lent.ended_ago BETWEEN 320 AND 410 OR lent.ended_ago BETWEEN 685 AND 775)
            THEN 1 ELSE 0 END) AS late_ends,
        sum(CASE WHEN lent.days_ago < 91 AND lent.days_ago % 7 = 0 THEN 1 ELSE 0 END) AS same_weekday,
        sum(CASE WHEN lent.days_ago < 91 THEN 1 ELSE 0 END) AS loans_91d
    FROM lent GROUP BY lent.client_id
)
SELECT at_risk.client_id,
    counted.coming AS loans_coming_season,
    counted.passed AS loans_this_season,
    counted.late_ends AS late_ends_this_season,
    CAST(counted.same_weekday AS DOUBLE) / nullif(counted.loans_91d, 0) AS loans_same_weekday_91d,
    extract(day FROM moment.as_of) AS day_of_month,
    (date_diff('day', DATE '2000-01-03', moment.as_of) % 7) + 1 AS day_of_week
FROM at_risk CROSS JOIN moment LEFT JOIN counted ON at_risk.client_id = counted.client_id
