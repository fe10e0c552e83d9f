-- Others who joined in the same four weeks as the client; her own facts are taken out of every sum.
WITH others AS (
    SELECT at_risk.client_id,
        around.active - facts.active AS active,
        around.gone - facts.gone AS gone,
        around.loans_7d - facts.loans_7d AS loans_7d,
        around.loans_28d - facts.loans_28d AS loans_28d,
        around.loans_before - facts.loans_before AS loans_before
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'cohort' AND around.place = facts.cohort
)
SELECT at_risk.client_id,
    CAST(4 * others.loans_7d AS DOUBLE) / nullif(others.loans_28d, 0) AS cohort_lending_week,
    CAST(3 * others.loans_28d AS DOUBLE) / nullif(others.loans_before, 0) AS cohort_lending_trend,
    CAST(others.gone AS DOUBLE) / nullif(others.active + others.gone, 0) AS cohort_gone_share
FROM at_risk LEFT JOIN others ON at_risk.client_id = others.client_id
