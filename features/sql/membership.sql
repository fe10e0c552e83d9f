-- Which groups the client belonged to. Reads only the client's own rows.
WITH spans AS (
    SELECT memberships.client_id, memberships.group_id, memberships.to_on,
        date_diff('day', memberships.from_on, moment.as_of) AS began_ago,
        date_diff('day', memberships.to_on, moment.as_of) AS ended_ago,
        row_number() OVER (PARTITION BY memberships.client_id ORDER BY memberships.from_on, memberships.known_on,
            memberships.group_id) AS nth,
        lag(memberships.group_id) OVER (PARTITION BY memberships.client_id ORDER BY memberships.from_on,
            memberships.known_on, memberships.group_id) AS group_before
    FROM memberships CROSS JOIN moment
), counted AS (
    SELECT client_id, min(ended_ago) AS last_end,
        sum(CASE WHEN nth > 1 AND began_ago < 365 AND group_id <> group_before THEN 1 ELSE 0 END) AS changes_365d
    FROM spans GROUP BY client_id
)
SELECT at_risk.client_id,
    circles.member_days AS days_in_group,
    CASE WHEN circles.group_id IS NOT NULL THEN 0 ELSE counted.last_end END AS days_without_group,
    counted.changes_365d AS group_changes_365d
FROM at_risk
LEFT JOIN circles ON at_risk.client_id = circles.client_id
LEFT JOIN counted ON at_risk.client_id = counted.client_id
