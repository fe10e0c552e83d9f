-- Requests for loans: how long they took, what was granted, what was refused. Reads only the client's own rows.
WITH asked AS (
    SELECT applications.client_id, applications.application_id, applications.applied_on, applications.decided_on,
        applications.requested_amount, applications.approved_amount, applications.decision,
        date_diff('day', applications.applied_on, moment.as_of) AS asked_ago,
        date_diff('day', applications.decided_on, moment.as_of) AS decided_ago,
        greatest(date_diff('day', applications.applied_on, applications.decided_on), 0) AS decision_days,
        CASE WHEN applications.decision IN ('refused', 'withdrawn') THEN 1 ELSE 0 END AS failed,
        CASE WHEN applications.requested_amount > 0 AND applications.approved_amount IS NOT NULL
            AND applications.decision = 'approved' THEN 1 ELSE 0 END AS measured,
        row_number() OVER (PARTITION BY applications.client_id ORDER BY
            applications.applied_on DESC, applications.application_id DESC) AS place
    FROM applications CROSS JOIN moment WHERE applications.client_id IN (SELECT client_id FROM at_risk)
), decided AS (
    SELECT client_id, failed, decision_days,
        row_number() OVER (PARTITION BY client_id ORDER BY decided_on DESC, application_id DESC) AS place
    FROM asked WHERE decided_on IS NOT NULL AND decision IS NOT NULL
), granted AS (
    SELECT client_id, CAST(approved_amount AS DOUBLE) / CAST(requested_amount AS DOUBLE) AS share,
        row_number() OVER (PARTITION BY client_id ORDER BY decided_on DESC, application_id DESC) AS place
    FROM asked WHERE measured = 1
), counted AS (
    SELECT client_id,
        min(asked_ago) AS last_asked,
        sum(CASE WHEN asked_ago < 365 THEN 1 ELSE 0 END) AS asked_365d,
        sum(CASE WHEN decided_on IS NULL AND asked_ago < 182 THEN 1 ELSE 0 END) AS pending,
        max(CASE WHEN decided_on IS NULL AND asked_ago < 182 THEN asked_ago END) AS waiting,
        sum(CASE WHEN failed = 1 AND decided_ago < 365 THEN 1 ELSE 0 END) AS failed_365d,
        min(CASE WHEN failed = 1 THEN decided_ago END) AS last_failed,
        CAST(sum(decision_days) AS DOUBLE) / nullif(count(decided_on), 0) AS decision_days
    FROM asked GROUP BY client_id
), waited AS (
    SELECT lent.client_id, lent.loan_id, lent.disbursed_on,
        max(greatest(date_diff('day', applications.applied_on, lent.disbursed_on), 0)) AS days
    FROM applications
    JOIN lent ON applications.loan_id = lent.loan_id AND applications.client_id = lent.client_id
    GROUP BY lent.client_id, lent.loan_id, lent.disbursed_on
), waits AS (
    SELECT client_id, days,
        row_number() OVER (PARTITION BY client_id ORDER BY disbursed_on DESC, loan_id DESC) AS place
    FROM waited
), wait AS (
    SELECT client_id, max(CASE WHEN place = 1 THEN days END) AS newest,
        CAST(sum(CASE WHEN place > 1 THEN days END) AS DOUBLE) / nullif(count(*) - 1, 0) AS before,
        CAST(sum(days) AS DOUBLE) / count(*) AS usual
    FROM waits GROUP BY client_id
), papers AS (
    SELECT asked.client_id, count(contacts.contact_id) AS contacts
    FROM asked CROSS JOIN moment LEFT JOIN contacts ON asked.client_id = contacts.client_id
        AND contacts.list_id IS NULL AND contacts.happened_on >= asked.applied_on
        AND contacts.happened_on <= coalesce(asked.decided_on, moment.as_of)
    WHERE asked.place = 1
    GROUP BY asked.client_id
), newest AS (
    SELECT lent.client_id, CAST(asked.requested_amount AS DOUBLE) / nullif(CAST(lent.amount AS DOUBLE), 0) AS step
    FROM lent JOIN asked ON lent.client_id = asked.client_id AND asked.place = 1
    WHERE lent.place = 1
)
SELECT at_risk.client_id,
    wait.newest AS wait_days,
    CAST(wait.newest AS DOUBLE) / nullif(wait.before, 0) AS wait_to_usual,
    CASE WHEN wait.usual IS NOT NULL THEN greatest(coalesce(counted.waiting, 0) - wait.usual, 0) END
        AS waiting_over_usual_days,
    decided.decision_days AS decision_days_last,
    counted.decision_days AS decision_days_mean,
    papers.contacts AS contacts_for_request,
    granted.share AS approved_to_requested,
    newest.step AS requested_to_loan,
    counted.last_asked AS days_since_request,
    coalesce(counted.asked_365d, 0) AS requests_365d,
    coalesce(counted.pending, 0) AS requests_pending,
    counted.last_failed AS days_since_failed_request,
    coalesce(counted.failed_365d, 0) AS failed_requests_365d,
    decided.failed AS last_request_failed
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN decided ON at_risk.client_id = decided.client_id AND decided.place = 1
LEFT JOIN granted ON at_risk.client_id = granted.client_id AND granted.place = 1
LEFT JOIN wait ON at_risk.client_id = wait.client_id
LEFT JOIN papers ON at_risk.client_id = papers.client_id
LEFT JOIN newest ON at_risk.client_id = newest.client_id
