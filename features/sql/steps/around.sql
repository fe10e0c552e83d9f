-- Sums of the facts by group, group left, officer, branch, product, cohort and book; sums of others stored earlier are added.
WITH placed AS (
    SELECT 'group' AS level, group_id AS place, facts.* FROM facts WHERE group_id IS NOT NULL
    UNION ALL
    SELECT 'left_group' AS level, left_group_id AS place, facts.* FROM facts WHERE left_group_id IS NOT NULL
    UNION ALL
    SELECT 'officer' AS level, officer_id AS place, facts.* FROM facts WHERE officer_id IS NOT NULL
    UNION ALL
    SELECT 'branch' AS level, branch_id AS place, facts.* FROM facts WHERE branch_id IS NOT NULL
    UNION ALL
    SELECT 'product' AS level, product_id AS place, facts.* FROM facts WHERE product_id IS NOT NULL
    UNION ALL
    SELECT 'cohort' AS level, cohort AS place, facts.* FROM facts WHERE cohort IS NOT NULL
    UNION ALL
    SELECT 'book' AS level, 'all' AS place, facts.* FROM facts
), counted AS (
    SELECT level, place, 1 AS people,
        active, borrowing, resting, gone, handed_over, scheduled, late, due_28d, late_28d, due_before, late_before,
        loans_7d, loans_28d, loans_before, loans_next_last_year, loans_past_last_year, meetings_56d, attended_56d,
        contacts_28d, contacts_before, waits, wait_days, complaints_91d
    FROM placed
    UNION ALL
    SELECT level, place, people,
        active, borrowing, resting, gone, handed_over, scheduled, late, due_28d, late_28d, due_before, late_before,
        loans_7d, loans_28d, loans_before, loans_next_last_year, loans_past_last_year, meetings_56d, attended_56d,
        contacts_28d, contacts_before, waits, wait_days, complaints_91d
    FROM stored
)
SELECT level, place,
    CAST(sum(people) AS BIGINT) AS people, CAST(sum(active) AS BIGINT) AS active,
    CAST(sum(borrowing) AS BIGINT) AS borrowing, CAST(sum(resting) AS BIGINT) AS resting,
    CAST(sum(gone) AS BIGINT) AS gone, CAST(sum(handed_over) AS BIGINT) AS handed_over,
    CAST(sum(scheduled) AS BIGINT) AS scheduled, CAST(sum(late) AS BIGINT) AS late,
    CAST(sum(due_28d) AS BIGINT) AS due_28d, CAST(sum(late_28d) AS BIGINT) AS late_28d,
    CAST(sum(due_before) AS BIGINT) AS due_before, CAST(sum(late_before) AS BIGINT) AS late_before,
    CAST(sum(loans_7d) AS BIGINT) AS loans_7d,
    CAST(sum(loans_28d) AS BIGINT) AS loans_28d, CAST(sum(loans_before) AS BIGINT) AS loans_before,
    CAST(sum(loans_next_last_year) AS BIGINT) AS loans_next_last_year,
    CAST(sum(loans_past_last_year) AS BIGINT) AS loans_past_last_year,
    CAST(sum(meetings_56d) AS BIGINT) AS meetings_56d, CAST(sum(attended_56d) AS BIGINT) AS attended_56d,
    CAST(sum(contacts_28d) AS BIGINT) AS contacts_28d, CAST(sum(contacts_before) AS BIGINT) AS contacts_before,
    CAST(sum(waits) AS BIGINT) AS waits, CAST(sum(wait_days) AS BIGINT) AS wait_days,
    CAST(sum(complaints_91d) AS BIGINT) AS complaints_91d
FROM counted
GROUP BY level, place
