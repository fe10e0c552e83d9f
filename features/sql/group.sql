-- The other members of the client's group; her own facts are taken out of every sum.
WITH others AS (
    SELECT at_risk.client_id, facts.group_id,
        around.people - 1 AS people,
        around.active - facts.active AS active,
        around.resting - facts.resting AS resting,
        around.gone - facts.gone AS gone,
        around.scheduled - facts.scheduled AS scheduled,
        around.late - facts.late AS late,
        around.due_28d - facts.due_28d AS due_28d,
        around.late_28d - facts.late_28d AS late_28d,
        around.due_before - facts.due_before AS due_before,
        around.late_before - facts.late_before AS late_before,
        around.meetings_56d - facts.meetings_56d AS meetings_56d,
        around.attended_56d - facts.attended_56d AS attended_56d,
        around.loans_7d - facts.loans_7d AS loans_7d,
        around.loans_28d - facts.loans_28d AS loans_28d,
        around.loans_before - facts.loans_before AS loans_before,
        coalesce(departed.people, 0) - CASE WHEN facts.left_group_id = facts.group_id THEN 1 ELSE 0 END AS departed
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'group' AND around.place = facts.group_id
    LEFT JOIN around AS departed ON departed.level = 'left_group' AND departed.place = facts.group_id
)
SELECT at_risk.client_id,
    others.active AS group_size,
    CAST(others.late AS DOUBLE) / nullif(others.scheduled, 0) AS group_late_share,
    CAST(others.late_28d AS DOUBLE) / nullif(others.due_28d, 0)
        - CAST(others.late_before AS DOUBLE) / nullif(others.due_before, 0) AS group_late_change,
    CAST(others.resting AS DOUBLE) / nullif(others.active, 0) AS group_resting_share,
    CAST(others.gone AS DOUBLE) / nullif(others.active + others.gone, 0) AS group_gone_share,
    others.departed AS group_departures_91d,
    CAST(others.attended_56d AS DOUBLE) / nullif(others.meetings_56d, 0) AS group_attendance_56d,
    CAST(4 * others.loans_7d AS DOUBLE) / nullif(others.loans_28d, 0) AS group_lending_week,
    CAST(3 * others.loans_28d AS DOUBLE) / nullif(others.loans_before, 0) AS group_lending_trend
FROM at_risk LEFT JOIN others ON at_risk.client_id = others.client_id
