-- Instalments: what is late, how late, and how that changes. Reads only the client's own rows.
WITH fallen AS (
    SELECT client_id, due_ago, delay,
        row_number() OVER (PARTITION BY client_id ORDER BY due_ago, delay) AS place
    FROM dues WHERE due_ago >= 0 AND due_ago < 182 AND client_id IN (SELECT client_id FROM at_risk)
), delays AS (
    SELECT client_id,
        max(CASE WHEN due_ago < 91 THEN delay END) AS worst_91d,
        sum(CASE WHEN place <= 3 THEN 1 ELSE 0 END) AS last_three,
        sum(CASE WHEN place <= 3 AND delay >= 1 THEN 1 ELSE 0 END) AS late_of_three,
        min(CASE WHEN place <= 6 THEN delay END) AS smallest_of_six,
        CAST(sum(CASE WHEN place <= 6 THEN delay ELSE 0 END) AS DOUBLE)
            / sum(CASE WHEN place <= 6 THEN 1 ELSE 0 END) AS average_of_six,
        count(*) AS due_182d,
        sum(CASE WHEN delay >= 1 THEN 1 ELSE 0 END) AS late_182d,
        sum(CASE WHEN due_ago < 56 THEN 1 ELSE 0 END) AS due_56d,
        sum(CASE WHEN due_ago < 56 AND delay >= 1 THEN 1 ELSE 0 END) AS late_56d,
        sum(CASE WHEN due_ago >= 56 THEN 1 ELSE 0 END) AS due_before,
        sum(CASE WHEN due_ago >= 56 AND delay >= 1 THEN 1 ELSE 0 END) AS late_before
    FROM fallen GROUP BY client_id
), owing AS (
    SELECT client_id FROM schedules WHERE closed_on IS NULL GROUP BY client_id
), overdue AS (
    SELECT client_id, max(due_ago) AS past_due FROM dues
    WHERE closed_on IS NULL AND due_ago >= 1 AND settled_on IS NULL GROUP BY client_id
)
SELECT at_risk.client_id,
    CASE WHEN owing.client_id IS NOT NULL THEN coalesce(overdue.past_due, 0) END AS days_past_due,
    delays.worst_91d AS worst_delay_91d,
    CAST(delays.late_of_three AS DOUBLE) / nullif(delays.last_three, 0) AS late_share_last3,
    CAST(delays.late_182d AS DOUBLE) / nullif(delays.due_182d, 0) AS late_share_182d,
    CAST(delays.late_56d AS DOUBLE) / nullif(delays.due_56d, 0)
        - CAST(delays.late_before AS DOUBLE) / nullif(delays.due_before, 0) AS late_share_change,
    delays.average_of_six AS delay_mean_last6,
    delays.smallest_of_six AS delay_least_last6
FROM at_risk
LEFT JOIN delays ON at_risk.client_id = delays.client_id
LEFT JOIN owing ON at_risk.client_id = owing.client_id
LEFT JOIN overdue ON at_risk.client_id = overdue.client_id
