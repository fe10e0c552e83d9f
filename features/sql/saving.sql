-- Savings: what is there, what comes in, what is taken out. Reads only the client's own rows.
WITH moved AS (
    SELECT savings.client_id, savings.kind, savings.amount, coalesce(savings.compulsory, false) AS compulsory,
        CASE WHEN savings.kind IN ('deposit', 'interest') THEN savings.amount ELSE -savings.amount END AS change,
        date_diff('day', savings.moved_on, moment.as_of) AS ago
    FROM savings CROSS JOIN moment WHERE savings.client_id IN (SELECT client_id FROM at_risk)
), counted AS (
    SELECT client_id,
        sum(change) AS balance,
        sum(CASE WHEN ago < 91 THEN change ELSE 0 END) AS change_91d,
        sum(CASE WHEN kind = 'withdrawal' AND ago < 91 THEN 1 ELSE 0 END) AS withdrawals_91d,
        sum(CASE WHEN kind = 'withdrawal' AND ago < 91 THEN amount ELSE 0 END) AS withdrawn_91d,
        sum(CASE WHEN kind = 'withdrawal' AND compulsory AND ago < 365 THEN 1 ELSE 0 END) AS locked_365d,
        sum(CASE WHEN kind = 'deposit' THEN amount ELSE 0 END) AS deposited,
        sum(CASE WHEN kind = 'deposit' AND compulsory THEN amount ELSE 0 END) AS deposited_locked,
        min(CASE WHEN kind = 'deposit' THEN ago END) AS last_deposit,
        sum(CASE WHEN kind = 'deposit' AND ago < 91 THEN 1 ELSE 0 END) AS deposits_91d,
        sum(CASE WHEN kind = 'deposit' AND ago < 91 THEN amount ELSE 0 END) AS deposited_91d,
        sum(CASE WHEN kind = 'deposit' AND ago >= 91 AND ago < 182 THEN amount ELSE 0 END) AS deposited_before
    FROM moved GROUP BY client_id
)
SELECT at_risk.client_id,
    counted.balance AS savings_balance,
    CAST(counted.balance AS DOUBLE) / nullif(CAST(lent.amount AS DOUBLE), 0) AS savings_to_loan,
    CASE WHEN counted.balance >= 0 AND counted.balance > counted.change_91d
        THEN CAST(counted.change_91d AS DOUBLE) / CAST(counted.balance - counted.change_91d AS DOUBLE) END
        AS savings_change_91d,
    coalesce(counted.withdrawals_91d, 0) AS withdrawals_91d,
    CASE WHEN counted.balance >= 0
        THEN CAST(counted.withdrawn_91d AS DOUBLE) / nullif(CAST(counted.balance + counted.withdrawn_91d AS DOUBLE), 0) END
        AS withdrawn_share_91d,
    CAST(counted.deposited_locked AS DOUBLE) / nullif(CAST(counted.deposited AS DOUBLE), 0) AS compulsory_deposit_share,
    coalesce(counted.locked_365d, 0) AS compulsory_withdrawals_365d,
    counted.last_deposit AS days_since_deposit,
    coalesce(counted.deposits_91d, 0) AS deposits_91d,
    CAST(counted.deposited_91d AS DOUBLE) / nullif(CAST(counted.deposited_before AS DOUBLE), 0) AS deposits_trend
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN lent ON at_risk.client_id = lent.client_id AND lent.place = 1
