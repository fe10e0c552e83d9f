-- The other clients of the client's officer; her own facts are taken out of every sum.
WITH others AS (
    SELECT at_risk.client_id,
        around.active - facts.active AS active,
        around.gone - facts.gone AS gone,
        around.handed_over - facts.handed_over AS handed_over,
        around.contacts_28d - facts.contacts_28d AS contacts_28d,
        around.contacts_before - facts.contacts_before AS contacts_before,
        around.due_28d - facts.due_28d AS due_28d,
        around.late_28d - facts.late_28d AS late_28d
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'officer' AND around.place = facts.officer_id
)
SELECT at_risk.client_id,
    others.active AS officer_caseload,
    CAST(others.handed_over AS DOUBLE) / nullif(others.active, 0) AS officer_handover_share,
    CAST(others.contacts_28d AS DOUBLE) / nullif(others.active, 0) AS officer_contact_rate_28d,
    CAST(3 * others.contacts_28d AS DOUBLE) / nullif(others.contacts_before, 0) AS officer_contact_trend,
    CAST(others.late_28d AS DOUBLE) / nullif(others.due_28d, 0) AS officer_late_share_28d,
    CAST(others.gone AS DOUBLE) / nullif(others.active + others.gone, 0) AS officer_gone_share
FROM at_risk LEFT JOIN others ON at_risk.client_id = others.client_id
