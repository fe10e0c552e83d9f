-- Attendance at the regular meeting. Reads only the client's own rows.
WITH met AS (
    SELECT attendance.client_id, CASE WHEN attendance.attended THEN 1 ELSE 0 END AS came,
        date_diff('day', attendance.meeting_on, moment.as_of) AS ago
    FROM attendance CROSS JOIN moment
    WHERE date_diff('day', attendance.meeting_on, moment.as_of) < 365
), counted AS (
    SELECT client_id,
        min(CASE WHEN came = 1 THEN ago END) AS last_came,
        sum(CASE WHEN ago < 91 THEN 1 ELSE 0 END) AS met_91d,
        sum(CASE WHEN ago < 91 THEN came ELSE 0 END) AS came_91d,
        sum(CASE WHEN ago < 56 THEN 1 ELSE 0 END) AS met_56d,
        sum(CASE WHEN ago < 56 THEN came ELSE 0 END) AS came_56d,
        sum(CASE WHEN ago >= 56 AND ago < 182 THEN 1 ELSE 0 END) AS met_before,
        sum(CASE WHEN ago >= 56 AND ago < 182 THEN came ELSE 0 END) AS came_before
    FROM met GROUP BY client_id
), streak AS (
    SELECT met.client_id, count(*) AS missed
    FROM met JOIN counted ON met.client_id = counted.client_id
    WHERE met.came = 0 AND (counted.last_came IS NULL OR met.ago < counted.last_came)
    GROUP BY met.client_id
)
SELECT at_risk.client_id,
    counted.met_91d - counted.came_91d AS meetings_missed_91d,
    CAST(counted.came_91d AS DOUBLE) / nullif(counted.met_91d, 0) AS attendance_share_91d,
    CAST(counted.came_56d AS DOUBLE) / nullif(counted.met_56d, 0)
        - CAST(counted.came_before AS DOUBLE) / nullif(counted.met_before, 0) AS attendance_change,
    CASE WHEN counted.client_id IS NOT NULL THEN coalesce(streak.missed, 0) END AS meetings_missed_in_a_row,
    counted.last_came AS days_since_meeting
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN streak ON at_risk.client_id = streak.client_id
