-- Instalments against payments: how heavy, how far ahead, how much is left. Reads only the client's own rows.
WITH owed AS (
    SELECT client_id,
        sum(amount_due) AS planned,
        sum(CASE WHEN due_ago >= 0 THEN amount_due ELSE 0 END) AS due_by_now,
        sum(CASE WHEN due_ago < 0 AND settled_on IS NULL THEN 1 ELSE 0 END) AS to_come,
        sum(CASE WHEN due_ago < 0 AND settled_on IS NOT NULL THEN 1 ELSE 0 END) AS prepaid,
        sum(CASE WHEN due_ago < 0 AND due_ago >= -28 THEN amount_due ELSE 0 END) AS next_28d
    FROM dues WHERE closed_on IS NULL GROUP BY client_id
), usual AS (
    SELECT loan_id, client_id, sum(amount_due) AS planned, count(*) AS due_days FROM plans GROUP BY loan_id, client_id
), paid AS (
    SELECT received.client_id, received.loan_id, received.amount, lent.closed_on,
        date_diff('day', received.paid_on, moment.as_of) AS paid_ago, usual.planned, usual.due_days
    FROM received CROSS JOIN moment
    JOIN lent ON received.loan_id = lent.loan_id
    LEFT JOIN usual ON received.loan_id = usual.loan_id
), payments AS (
    SELECT client_id,
        min(paid_ago) AS last_payment,
        sum(CASE WHEN closed_on IS NULL AND planned IS NOT NULL THEN amount ELSE 0 END) AS in_hand,
        sum(CASE WHEN paid_ago < 182 THEN amount ELSE 0 END) AS paid_182d,
        sum(CASE WHEN paid_ago < 56 THEN amount ELSE 0 END) AS paid_56d,
        sum(CASE WHEN paid_ago >= 56 AND paid_ago < 112 THEN amount ELSE 0 END) AS paid_before,
        sum(CASE WHEN paid_ago < 182 AND planned IS NOT NULL THEN 1 ELSE 0 END) AS measured_182d,
        sum(CASE WHEN paid_ago < 182 AND amount * due_days * 10 < planned * 9 THEN 1 ELSE 0 END) AS partial_182d,
        max(CASE WHEN paid_ago < 28 THEN CAST(amount * due_days AS DOUBLE) / CAST(planned AS DOUBLE) END) AS largest_28d
    FROM paid GROUP BY client_id
), newest AS (
    SELECT lent.client_id,
        max(CASE WHEN lent.place = 1 THEN CAST(usual.planned AS DOUBLE) / usual.due_days END) AS instalment,
        max(CASE WHEN lent.place = 2 THEN CAST(usual.planned AS DOUBLE) / usual.due_days END) AS instalment_before,
        max(CASE WHEN lent.place = 1 AND lent.closed_on IS NULL
            THEN CAST(usual.planned - lent.amount AS DOUBLE) / nullif(CAST(lent.amount AS DOUBLE), 0) END) AS charge
    FROM lent JOIN usual ON lent.loan_id = usual.loan_id
    WHERE lent.place <= 2 AND lent.currency IS NOT DISTINCT FROM lent.newest_currency
    GROUP BY lent.client_id
)
SELECT at_risk.client_id,
    payments.last_payment AS days_since_payment,
    CAST(coalesce(payments.in_hand, 0) - owed.due_by_now AS DOUBLE) / CAST(owed.planned AS DOUBLE) AS paid_ahead_share,
    CAST(coalesce(payments.in_hand, 0) AS DOUBLE) / CAST(owed.planned AS DOUBLE) AS repaid_share,
    owed.prepaid AS instalments_prepaid,
    owed.to_come AS instalments_to_come,
    payments.largest_28d AS largest_payment_28d,
    CAST(payments.partial_182d AS DOUBLE) / nullif(payments.measured_182d, 0) AS partial_payment_share_182d,
    CAST(payments.paid_56d AS DOUBLE) / nullif(CAST(payments.paid_before AS DOUBLE), 0) AS payments_trend,
    newest.instalment / nullif(newest.instalment_before, 0) AS instalment_step,
    newest.charge AS loan_charge_share,
    CAST(owed.next_28d * 13 AS DOUBLE) / nullif(CAST(payments.paid_182d * 2 AS DOUBLE), 0) AS instalments_to_payments
FROM at_risk
LEFT JOIN owed ON at_risk.client_id = owed.client_id
LEFT JOIN payments ON at_risk.client_id = payments.client_id
LEFT JOIN newest ON at_risk.client_id = newest.client_id
