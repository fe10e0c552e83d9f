-- Complaints the client made. Reads only the client's own rows.
WITH made AS (
    SELECT complaints.client_id, complaints.complaint_id, complaints.closed_on, complaints.topic, complaints.about_officer,
        date_diff('day', complaints.opened_on, moment.as_of) AS ago,
        date_diff('day', complaints.opened_on, complaints.closed_on) AS settled_in,
        row_number() OVER (PARTITION BY complaints.client_id ORDER BY
            complaints.closed_on DESC NULLS LAST, complaints.complaint_id DESC) AS place
    FROM complaints CROSS JOIN moment
), counted AS (
    SELECT client_id,
        sum(CASE WHEN closed_on IS NULL THEN 1 ELSE 0 END) AS open_now,
        max(CASE WHEN closed_on IS NULL THEN ago END) AS open_days,
        min(ago) AS latest,
        sum(CASE WHEN ago < 365 THEN 1 ELSE 0 END) AS made_365d,
        sum(CASE WHEN ago < 365 AND about_officer IS NOT NULL THEN 1 ELSE 0 END) AS staff_365d,
        max(CASE WHEN place = 1 THEN settled_in END) AS settled_in
    FROM made GROUP BY client_id
), topics AS (
    SELECT client_id, topic, count(*) AS made FROM made WHERE ago < 365 AND topic IS NOT NULL GROUP BY client_id, topic
), repeats AS (
    SELECT client_id, max(made) AS most FROM topics GROUP BY client_id
)
SELECT at_risk.client_id,
    coalesce(counted.open_now, 0) AS complaints_open,
    coalesce(counted.open_days, 0) AS complaint_open_days,
    counted.latest AS days_since_complaint,
    coalesce(counted.made_365d, 0) AS complaints_365d,
    coalesce(repeats.most, 0) AS complaints_repeated_365d,
    counted.settled_in AS complaint_settled_days,
    coalesce(counted.staff_365d, 0) AS complaints_about_staff_365d
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN repeats ON at_risk.client_id = repeats.client_id
