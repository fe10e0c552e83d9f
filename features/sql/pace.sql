-- Borrowing days weighed by how recent they are, and what the client's own gaps say of the present silence.
WITH counted AS (
    SELECT client_id,
        max(silence) AS silence,
        max(days_ago) AS tenure,
        sum(CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 7)) AS BIGINT)) AS weight_7d,
        sum(CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 14)) AS BIGINT)) AS weight_14d,
        sum(CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 21)) AS BIGINT)) AS weight_21d,
        sum(CAST(round(1000000 * power(0.5, CAST(days_ago AS DOUBLE) / 35)) AS BIGINT)) AS weight_35d,
        max(CASE WHEN place = 2 THEN days_ago END) AS second_last,
        max(CASE WHEN place = 5 THEN days_ago END) AS fifth_last,
        sum(CASE WHEN days_ago > silence AND days_ago <= silence + 28 THEN 1 ELSE 0 END) AS days_before,
        count(gap) AS gaps,
        sum(gap) AS gap_sum,
        sum(gap * gap) AS gap_squares,
        sum(CASE WHEN place <= 4 THEN gap END) AS recent_sum,
        sum(CASE WHEN place <= 4 AND gap IS NOT NULL THEN 1 ELSE 0 END) AS recent,
        sum(CASE WHEN gap >= silence THEN 1 ELSE 0 END) AS gaps_as_long,
        sum(CASE WHEN gap > silence + 7 THEN 1 ELSE 0 END) AS gaps_7_longer,
        sum(CASE WHEN gap > silence + 14 THEN 1 ELSE 0 END) AS gaps_14_longer
    FROM gaps GROUP BY client_id
), ranked AS (
    SELECT client_id, gap, row_number() OVER (PARTITION BY client_id ORDER BY gap) AS place,
        count(*) OVER (PARTITION BY client_id) AS gaps
    FROM gaps WHERE gap IS NOT NULL
), middle AS (
    SELECT client_id, min(gap) AS gap FROM ranked WHERE 2 * place >= gaps GROUP BY client_id
), weeks AS (
    SELECT client_id, (days_ago - days_ago % 7) / 7 AS week FROM gaps WHERE days_ago < 112
    GROUP BY client_id, (days_ago - days_ago % 7) / 7
), in_order AS (
    SELECT client_id, week, row_number() OVER (PARTITION BY client_id ORDER BY week) - 1 AS place FROM weeks
), weekly AS (
    SELECT client_id,
        sum(CAST(round(1000000 * power(0.75, week)) AS BIGINT)) AS weight,
        sum(CASE WHEN place = week THEN 1 ELSE 0 END) AS in_a_row
    FROM in_order GROUP BY client_id
), weekdays AS (
    SELECT client_id, (days_ago % 7) AS weekday, count(*) AS days FROM gaps WHERE days_ago < 91
    GROUP BY client_id, (days_ago % 7)
), favourite AS (
    SELECT client_id, CAST(max(days) AS DOUBLE) / sum(days) AS share FROM weekdays GROUP BY client_id
), lags AS (
    SELECT client_id, CAST(sum(ended_ago - next_ago) AS DOUBLE) / count(*) AS average,
        max(CASE WHEN place = 2 THEN ended_ago - next_ago END) AS latest
    FROM lent WHERE next_ago IS NOT NULL AND ended_ago IS NOT NULL GROUP BY client_id
)
SELECT at_risk.client_id,
    CAST(counted.weight_7d AS DOUBLE) / 1000000 AS borrowing_days_halved_7d,
    CAST(counted.weight_14d AS DOUBLE) / 1000000 AS borrowing_days_halved_14d,
    CAST(counted.weight_21d AS DOUBLE) / 1000000 AS borrowing_days_halved_21d,
    CAST(counted.weight_35d AS DOUBLE) / 1000000 AS borrowing_days_halved_35d,
    CAST(counted.weight_21d AS DOUBLE) / 1000000 * (1 - power(0.5, CAST(1 AS DOUBLE) / 21))
        / (1 - power(0.5, CAST(counted.tenure + 1 AS DOUBLE) / 21)) AS borrowing_rate_21d,
    CAST(coalesce(weekly.weight, 0) AS DOUBLE) / 1000000 AS borrowing_weeks_weighed,
    coalesce(weekly.in_a_row, 0) AS borrowing_weeks_in_a_row,
    counted.second_last AS days_since_second_last,
    counted.fifth_last AS days_since_fifth_last,
    middle.gap AS gap_median_days,
    CAST(counted.silence AS DOUBLE) / nullif(middle.gap, 0) AS silence_to_gap_median,
    CAST(counted.silence * counted.recent AS DOUBLE) / nullif(counted.recent_sum, 0) AS silence_to_gap_recent,
    (counted.silence - CAST(counted.gap_sum AS DOUBLE) / nullif(counted.gaps, 0)) / (1
        + sqrt(CAST(counted.gaps * counted.gap_squares - counted.gap_sum * counted.gap_sum AS DOUBLE))
        / nullif(counted.gaps, 0)) AS silence_in_deviations,
    (counted.gaps_7_longer + CAST(0.25 AS DOUBLE)) / (counted.gaps_as_long + CAST(0.5 AS DOUBLE)) AS silence_goes_on_7d,
    (counted.gaps_14_longer + CAST(0.25 AS DOUBLE)) / (counted.gaps_as_long + CAST(0.5 AS DOUBLE)) AS silence_goes_on_14d,
    CAST(counted.silence * counted.days_before AS DOUBLE) / 28 AS loans_expected_in_silence,
    favourite.share AS borrowing_favourite_weekday_91d,
    lags.average AS return_mean_days,
    lags.latest AS return_last_days
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN middle ON at_risk.client_id = middle.client_id
LEFT JOIN weekly ON at_risk.client_id = weekly.client_id
LEFT JOIN favourite ON at_risk.client_id = favourite.client_id
LEFT JOIN lags ON at_risk.client_id = lags.client_id
