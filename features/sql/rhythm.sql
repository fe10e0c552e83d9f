-- How often the client borrows, and how the present silence compares. Reads only the client's own rows.
WITH counted AS (
    SELECT client_id,
        max(silence) AS silence,
        count(*) AS days,
        sum(CASE WHEN days_ago < 7 THEN loans ELSE 0 END) AS loans_7d,
        sum(CASE WHEN days_ago < 14 THEN loans ELSE 0 END) AS loans_14d,
        sum(CASE WHEN days_ago < 28 THEN loans ELSE 0 END) AS loans_28d,
        sum(CASE WHEN days_ago < 56 THEN loans ELSE 0 END) AS loans_56d,
        sum(CASE WHEN days_ago < 91 THEN loans ELSE 0 END) AS loans_91d,
        sum(CASE WHEN days_ago < 182 THEN loans ELSE 0 END) AS loans_182d,
        sum(CASE WHEN days_ago BETWEEN 23 AND 30 THEN loans ELSE 0 END) AS month_ago,
        count(DISTINCT CASE WHEN days_ago < 56 THEN days_ago - days_ago % 7 END) AS weeks_56d,
        max(CASE WHEN place = 1 THEN gap END) AS gap_last,
        max(CASE WHEN place = 3 THEN days_ago END) AS third_last,
        count(gap) AS gaps,
        sum(gap) AS gap_sum,
        max(gap) AS gap_max,
        min(gap) AS gap_min,
        sum(CASE WHEN gap > silence THEN 1 ELSE 0 END) AS gaps_longer,
        sum(CASE WHEN place <= 4 THEN gap END) AS recent_sum,
        sum(CASE WHEN place <= 4 AND gap IS NOT NULL THEN 1 ELSE 0 END) AS recent
    FROM gaps GROUP BY client_id
)
SELECT at_risk.client_id,
    counted.silence AS silence_days,
    counted.loans_7d, counted.loans_14d, counted.loans_28d, counted.loans_56d, counted.loans_91d, counted.loans_182d,
    CAST(counted.loans_28d AS DOUBLE) / nullif(counted.loans_56d, 0) AS loans_28d_of_56d,
    counted.weeks_56d AS borrowing_weeks_56d,
    counted.month_ago AS loans_month_ago,
    counted.third_last AS days_since_third_last,
    counted.gap_last AS gap_last_days,
    CAST(counted.gap_sum AS DOUBLE) / nullif(counted.gaps, 0) AS gap_mean_days,
    counted.gap_max AS gap_max_days,
    CAST(counted.silence * counted.gaps AS DOUBLE) / nullif(counted.gap_sum, 0) AS silence_to_gap_mean,
    CAST(counted.silence AS DOUBLE) / nullif(counted.gap_max, 0) AS silence_to_gap_max,
    CAST(counted.gaps_longer AS DOUBLE) / nullif(counted.gaps, 0) AS gaps_longer_share,
    CAST(counted.recent_sum * counted.gaps AS DOUBLE) / nullif(counted.recent * counted.gap_sum, 0) AS gap_recent_to_mean
FROM at_risk LEFT JOIN counted ON at_risk.client_id = counted.client_id
