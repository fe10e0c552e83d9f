-- The other clients of the client's branch; her own facts are taken out of every sum, and the rest is rounded so that
-- what is missing from it does not tell of her either.
WITH others AS (
    SELECT at_risk.client_id,
        around.active - facts.active AS active,
        around.resting - facts.resting AS resting,
        around.gone - facts.gone AS gone,
        around.due_28d - facts.due_28d AS due_28d,
        around.late_28d - facts.late_28d AS late_28d,
        around.due_before - facts.due_before AS due_before,
        around.late_before - facts.late_before AS late_before,
        around.loans_7d - facts.loans_7d AS loans_7d,
        around.loans_28d - facts.loans_28d AS loans_28d,
        around.loans_before - facts.loans_before AS loans_before,
        around.loans_next_last_year - facts.loans_next_last_year AS loans_next_last_year,
        around.loans_past_last_year - facts.loans_past_last_year AS loans_past_last_year,
        around.waits - facts.waits AS waits,
        around.wait_days - facts.wait_days AS wait_days,
        around.complaints_91d - facts.complaints_91d AS complaints_91d
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'branch' AND around.place = facts.branch_id
)
SELECT at_risk.client_id,
    floor(CAST(100 * others.late_28d AS DOUBLE) / nullif(others.due_28d, 0) + 0.5) / 100 AS branch_late_share_28d,
    floor(CAST(100 * (others.late_28d * others.due_before - others.late_before * others.due_28d) AS DOUBLE)
        / nullif(others.due_28d * others.due_before, 0) + 0.5) / 100 AS branch_late_change,
    floor(CAST(100 * others.resting AS DOUBLE) / nullif(others.active, 0) + 0.5) / 100 AS branch_resting_share,
    floor(CAST(100 * others.gone AS DOUBLE) / nullif(others.active + others.gone, 0) + 0.5) / 100 AS branch_gone_share,
    floor(CAST(400 * others.loans_7d AS DOUBLE) / nullif(others.loans_28d, 0) + 0.5) / 100 AS branch_lending_week,
    floor(CAST(300 * others.loans_28d AS DOUBLE) / nullif(others.loans_before, 0) + 0.5) / 100 AS branch_lending_trend,
    floor(CAST(100 * others.loans_next_last_year AS DOUBLE) / nullif(others.loans_past_last_year, 0) + 0.5) / 100
        AS branch_season_turn,
    floor(CAST(others.wait_days AS DOUBLE) / nullif(others.waits, 0) + 0.5) AS branch_wait_days,
    floor(CAST(100 * others.complaints_91d AS DOUBLE) / nullif(others.active, 0) + 0.5) / 100
        AS branch_complaint_rate_91d
FROM at_risk LEFT JOIN others ON at_risk.client_id = others.client_id
