-- How payments are made. Reads only the client's own rows.
WITH paid AS (
    SELECT repayments.client_id, CASE WHEN repayments.channel = 'cash' THEN 0 ELSE 1 END AS remote,
        CASE WHEN repayments.channel = 'mobile' THEN 1 ELSE 0 END AS by_phone,
        date_diff('day', repayments.paid_on, moment.as_of) AS ago
    FROM repayments CROSS JOIN moment
    WHERE repayments.channel IS NOT NULL AND date_diff('day', repayments.paid_on, moment.as_of) < 182
), counted AS (
    SELECT client_id,
        sum(CASE WHEN ago < 56 THEN 1 ELSE 0 END) AS paid_56d,
        sum(CASE WHEN ago < 56 THEN by_phone ELSE 0 END) AS phone_56d,
        sum(CASE WHEN ago >= 56 THEN 1 ELSE 0 END) AS paid_before,
        sum(CASE WHEN ago >= 56 THEN by_phone ELSE 0 END) AS phone_before,
        min(CASE WHEN by_phone = 1 THEN ago END) AS last_phone,
        count(*) AS paid_182d,
        sum(remote) AS remote_182d
    FROM paid GROUP BY client_id
)
SELECT at_risk.client_id,
    CAST(counted.remote_182d AS DOUBLE) / nullif(counted.paid_182d, 0) AS remote_payment_share_182d,
    CAST(counted.phone_56d AS DOUBLE) / nullif(counted.paid_56d, 0)
        - CAST(counted.phone_before AS DOUBLE) / nullif(counted.paid_before, 0) AS phone_payment_change,
    counted.last_phone AS days_since_phone_payment
FROM at_risk LEFT JOIN counted ON at_risk.client_id = counted.client_id
