-- What others may be counted by: keys and small whole numbers of every client, nothing of money.
WITH everybody AS (
    SELECT client_id FROM clients UNION SELECT client_id FROM lent
), borrowed AS (
    SELECT client_id,
        max(CASE WHEN closed_on IS NULL THEN 1 ELSE 0 END) AS borrowing,
        min(ended_ago) AS ended_ago,
        max(days_ago) AS oldest_ago,
        sum(CASE WHEN days_ago < 7 THEN 1 ELSE 0 END) AS loans_7d,
        sum(CASE WHEN days_ago < 28 THEN 1 ELSE 0 END) AS loans_28d,
        sum(CASE WHEN days_ago >= 28 AND days_ago < 112 THEN 1 ELSE 0 END) AS loans_before,
        sum(CASE WHEN days_ago >= 337 AND days_ago < 365 THEN 1 ELSE 0 END) AS loans_next_last_year,
        sum(CASE WHEN days_ago >= 365 AND days_ago < 393 THEN 1 ELSE 0 END) AS loans_past_last_year
    FROM lent GROUP BY client_id
), newest AS (
    SELECT client_id, product_id FROM lent WHERE place = 1
), scheduled AS (
    SELECT client_id,
        max(CASE WHEN closed_on IS NULL AND settled_on IS NULL AND due_ago >= 1 THEN 1 ELSE 0 END) AS late,
        sum(CASE WHEN due_ago >= 0 AND due_ago < 28 THEN 1 ELSE 0 END) AS due_28d,
        sum(CASE WHEN due_ago >= 0 AND due_ago < 28 AND delay >= 1 THEN 1 ELSE 0 END) AS late_28d,
        sum(CASE WHEN due_ago >= 28 AND due_ago < 112 THEN 1 ELSE 0 END) AS due_before,
        sum(CASE WHEN due_ago >= 28 AND due_ago < 112 AND delay >= 1 THEN 1 ELSE 0 END) AS late_before
    FROM dues GROUP BY client_id
), owing AS (
    SELECT client_id FROM schedules WHERE closed_on IS NULL GROUP BY client_id
), met AS (
    SELECT attendance.client_id, count(*) AS meetings_56d,
        sum(CASE WHEN attendance.attended THEN 1 ELSE 0 END) AS attended_56d
    FROM attendance CROSS JOIN moment
    WHERE date_diff('day', attendance.meeting_on, moment.as_of) < 56 GROUP BY attendance.client_id
), spoken AS (
    SELECT contacts.client_id,
        sum(CASE WHEN date_diff('day', contacts.happened_on, moment.as_of) < 28 THEN 1 ELSE 0 END) AS contacts_28d,
        sum(CASE WHEN date_diff('day', contacts.happened_on, moment.as_of) >= 28 THEN 1 ELSE 0 END) AS contacts_before
    FROM contacts CROSS JOIN moment
    WHERE date_diff('day', contacts.happened_on, moment.as_of) < 112
        AND coalesce(contacts.direction, 'out') = 'out' AND contacts.kind <> 'message' AND contacts.list_id IS NULL
    GROUP BY contacts.client_id
), waited AS (
    SELECT client_id, count(*) AS waits, sum(days) AS wait_days FROM (
        SELECT lent.client_id, lent.loan_id,
            max(greatest(date_diff('day', applications.applied_on, lent.disbursed_on), 0)) AS days
        FROM applications
        JOIN lent ON applications.loan_id = lent.loan_id AND applications.client_id = lent.client_id
        WHERE lent.days_ago < 182 GROUP BY lent.client_id, lent.loan_id
    ) AS each_loan GROUP BY client_id
), complained AS (
    SELECT complaints.client_id, count(*) AS complaints_91d
    FROM complaints CROSS JOIN moment
    WHERE date_diff('day', complaints.opened_on, moment.as_of) < 91 GROUP BY complaints.client_id
)
SELECT everybody.client_id, circles.group_id, circles.left_group_id, posts.officer_id, posts.branch_id, newest.product_id,
    CAST(date_diff('day', DATE '1900-01-01', clients.joined_on) - date_diff('day', DATE '1900-01-01', clients.joined_on) % 28
        AS VARCHAR) AS cohort,
    CAST(CASE WHEN borrowed.borrowing = 1 OR borrowed.ended_ago < 91 THEN 1 ELSE 0 END AS BIGINT) AS active,
    CAST(coalesce(borrowed.borrowing, 0) AS BIGINT) AS borrowing,
    CAST(CASE WHEN borrowed.borrowing = 0 AND borrowed.ended_ago < 91 THEN 1 ELSE 0 END AS BIGINT) AS resting,
    CAST(CASE WHEN borrowed.borrowing = 0 AND borrowed.ended_ago >= 91 AND borrowed.ended_ago < 273 THEN 1 ELSE 0 END
        AS BIGINT) AS gone,
    CAST(CASE WHEN posts.served_days < 91 AND borrowed.oldest_ago >= 91
        AND (borrowed.borrowing = 1 OR borrowed.ended_ago < 91) THEN 1 ELSE 0 END AS BIGINT) AS handed_over,
    CAST(CASE WHEN owing.client_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS scheduled,
    CAST(coalesce(scheduled.late, 0) AS BIGINT) AS late,
    CAST(coalesce(scheduled.due_28d, 0) AS BIGINT) AS due_28d,
    CAST(coalesce(scheduled.late_28d, 0) AS BIGINT) AS late_28d,
    CAST(coalesce(scheduled.due_before, 0) AS BIGINT) AS due_before,
    CAST(coalesce(scheduled.late_before, 0) AS BIGINT) AS late_before,
    CAST(coalesce(borrowed.loans_7d, 0) AS BIGINT) AS loans_7d,
    CAST(coalesce(borrowed.loans_28d, 0) AS BIGINT) AS loans_28d,
    CAST(coalesce(borrowed.loans_before, 0) AS BIGINT) AS loans_before,
    CAST(coalesce(borrowed.loans_next_last_year, 0) AS BIGINT) AS loans_next_last_year,
    CAST(coalesce(borrowed.loans_past_last_year, 0) AS BIGINT) AS loans_past_last_year,
    CAST(coalesce(met.meetings_56d, 0) AS BIGINT) AS meetings_56d,
    CAST(coalesce(met.attended_56d, 0) AS BIGINT) AS attended_56d,
    CAST(coalesce(spoken.contacts_28d, 0) AS BIGINT) AS contacts_28d,
    CAST(coalesce(spoken.contacts_before, 0) AS BIGINT) AS contacts_before,
    CAST(coalesce(waited.waits, 0) AS BIGINT) AS waits,
    CAST(coalesce(waited.wait_days, 0) AS BIGINT) AS wait_days,
    CAST(coalesce(complained.complaints_91d, 0) AS BIGINT) AS complaints_91d
FROM everybody
LEFT JOIN clients ON everybody.client_id = clients.client_id
LEFT JOIN borrowed ON everybody.client_id = borrowed.client_id
LEFT JOIN newest ON everybody.client_id = newest.client_id
LEFT JOIN circles ON everybody.client_id = circles.client_id
LEFT JOIN posts ON everybody.client_id = posts.client_id
LEFT JOIN scheduled ON everybody.client_id = scheduled.client_id
LEFT JOIN owing ON everybody.client_id = owing.client_id
LEFT JOIN met ON everybody.client_id = met.client_id
LEFT JOIN spoken ON everybody.client_id = spoken.client_id
LEFT JOIN waited ON everybody.client_id = waited.client_id
LEFT JOIN complained ON everybody.client_id = complained.client_id
