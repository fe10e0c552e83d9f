-- Instalments against payments: how heavy, how far ahead, how much is left. Reads only the client's own rows.
WITH owed AS (
    SELECT client_id, sum(planned) AS planned, sum(due_by_now) AS due_by_now, sum(next_28d) AS next_28d
    FROM schedules WHERE closed_on IS NULL GROUP BY client_id
), ahead AS (
    SELECT client_id, sum(CASE WHEN settled_on IS NULL THEN 1 ELSE 0 END) AS to_come,
        sum(CASE WHEN settled_on IS NULL THEN 0 ELSE 1 END) AS prepaid
    FROM dues WHERE closed_on IS NULL AND due_ago < 0 GROUP BY client_id
), paid AS (
    SELECT lent.client_id, lent.closed_on, received.amount, date_diff('day', received.paid_on, moment.as_of) AS paid_ago,
        schedules.planned, schedules.instalments
    FROM received CROSS JOIN moment JOIN lent ON received.loan_no = lent.loan_no
    LEFT JOIN schedules ON received.loan_no = schedules.loan_no
    WHERE lent.client_id IN (SELECT client_id FROM at_risk)
), payments AS (
    SELECT client_id,
        min(paid_ago) AS last_payment,
        sum(CASE WHEN closed_on IS NULL AND planned IS NOT NULL THEN amount ELSE 0 END) AS in_hand,
        sum(CASE WHEN paid_ago < 182 THEN amount ELSE 0 END) AS paid_182d,
        sum(CASE WHEN paid_ago < 56 THEN amount ELSE 0 END) AS paid_56d,
        sum(CASE WHEN paid_ago >= 56 AND paid_ago < 112 THEN amount ELSE 0 END) AS paid_before,
        sum(CASE WHEN paid_ago < 182 AND planned IS NOT NULL THEN 1 ELSE 0 END) AS measured_182d,
        sum(CASE WHEN paid_ago < 182 AND amount * instalments * 10 < planned * 9 THEN 1 ELSE 0 END) AS partial_182d,
        max(CASE WHEN paid_ago < 28 THEN CAST(amount * instalments AS DOUBLE) / CAST(planned AS DOUBLE) END)
            AS largest_28d
    FROM paid GROUP BY client_id
), newest AS (
    SELECT client_id,
        max(CASE WHEN place = 1 AND closed_on IS NULL THEN CAST(planned AS DOUBLE) / instalments END) AS instalment,
        max(CASE WHEN place = 2 THEN CAST(planned AS DOUBLE) / instalments END) AS instalment_before,
        max(CASE WHEN place = 1 AND closed_on IS NULL
            THEN CAST(planned - amount AS DOUBLE) / nullif(CAST(amount AS DOUBLE), 0) END) AS charge
    FROM schedules WHERE place <= 2 AND same_currency = 1 GROUP BY client_id
)
SELECT at_risk.client_id,
    payments.last_payment AS days_since_payment,
    CAST(coalesce(payments.in_hand, 0) - owed.due_by_now AS DOUBLE) / CAST(owed.planned AS DOUBLE) AS paid_ahead_share,
    CAST(coalesce(payments.in_hand, 0) AS DOUBLE) / CAST(owed.planned AS DOUBLE) AS repaid_share,
    CASE WHEN owed.client_id IS NOT NULL THEN coalesce(ahead.prepaid, 0) END AS instalments_prepaid,
    CASE WHEN owed.client_id IS NOT NULL THEN coalesce(ahead.to_come, 0) END AS instalments_to_come,
    payments.largest_28d AS largest_payment_28d,
    CAST(payments.partial_182d AS DOUBLE) / nullif(payments.measured_182d, 0) AS partial_payment_share_182d,
    CAST(payments.paid_56d AS DOUBLE) / nullif(CAST(payments.paid_before AS DOUBLE), 0) AS payments_trend,
    newest.instalment / nullif(newest.instalment_before, 0) AS instalment_step,
    newest.charge AS loan_charge_share,
    CAST(owed.next_28d * 13 AS DOUBLE) / nullif(CAST(payments.paid_182d * 2 AS DOUBLE), 0) AS instalments_to_payments
FROM at_risk
LEFT JOIN owed ON at_risk.client_id = owed.client_id
LEFT JOIN ahead ON at_risk.client_id = ahead.client_id
LEFT JOIN payments ON at_risk.client_id = payments.client_id
LEFT JOIN newest ON at_risk.client_id = newest.client_id
