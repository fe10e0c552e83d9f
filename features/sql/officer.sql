-- Who served the client, and how steadily; from assignments. Reads only the client's own rows.
WITH spans AS (
    SELECT assignments.client_id, assignments.officer_id, officers.branch_id,
        date_diff('day', assignments.from_on, moment.as_of) AS began_ago,
        row_number() OVER (PARTITION BY assignments.client_id ORDER BY assignments.from_on, assignments.known_on,
            assignments.officer_id NULLS FIRST) AS nth,
        lag(assignments.officer_id) OVER (PARTITION BY assignments.client_id ORDER BY assignments.from_on,
            assignments.known_on, assignments.officer_id NULLS FIRST) AS officer_before,
        lag(officers.branch_id) OVER (PARTITION BY assignments.client_id ORDER BY assignments.from_on,
            assignments.known_on, assignments.officer_id NULLS FIRST) AS branch_before
    FROM assignments CROSS JOIN moment LEFT JOIN officers ON assignments.officer_id = officers.officer_id
), counted AS (
    SELECT client_id,
        sum(CASE WHEN nth > 1 AND began_ago < 365 AND officer_id IS DISTINCT FROM officer_before THEN 1 ELSE 0 END)
            AS changes_365d,
        sum(CASE WHEN began_ago < 730 AND branch_id <> branch_before THEN 1 ELSE 0 END) AS moves_730d,
        min(CASE WHEN branch_id <> branch_before THEN began_ago END) AS last_move
    FROM spans GROUP BY client_id
), visitors AS (
    SELECT contacts.client_id, count(*) AS contacts,
        sum(CASE WHEN contacts.officer_id <> posts.officer_id THEN 1 ELSE 0 END) AS by_others
    FROM contacts CROSS JOIN moment JOIN posts ON contacts.client_id = posts.client_id
    WHERE contacts.officer_id IS NOT NULL AND posts.officer_id IS NOT NULL AND contacts.list_id IS NULL
        AND date_diff('day', contacts.happened_on, moment.as_of) < 182
    GROUP BY contacts.client_id
)
SELECT at_risk.client_id,
    CASE WHEN posts.officer_id IS NOT NULL THEN posts.served_days END AS days_with_officer,
    counted.changes_365d AS officer_changes_365d,
    posts.vacant_days AS days_without_officer,
    CAST(visitors.by_others AS DOUBLE) / nullif(visitors.contacts, 0) AS contacts_by_others_share_182d,
    counted.moves_730d AS branch_changes_730d,
    counted.last_move AS days_since_branch_change
FROM at_risk
LEFT JOIN posts ON at_risk.client_id = posts.client_id
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN visitors ON at_risk.client_id = visitors.client_id
