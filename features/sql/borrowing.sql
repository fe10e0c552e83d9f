-- Loans taken: how many, how large, how long, and how they ended. Reads only the client's own rows.
WITH money AS (
    SELECT client_id,
        max(CASE WHEN money_place = 1 THEN amount END) AS newest,
        max(CASE WHEN money_place = 1 THEN amount_before END) AS before,
        max(amount) AS largest,
        CAST(sum(amount) AS DOUBLE) / count(*) AS average,
        CAST(sum(CASE WHEN money_place <= 3 THEN amount END) AS DOUBLE)
            / sum(CASE WHEN money_place <= 3 THEN 1 ELSE 0 END) AS average_of_three,
        min(CASE WHEN amount_before IS NULL OR amount * 100 > amount_before * 105 THEN money_place END) AS last_growth
    FROM lent WHERE currency IS NOT DISTINCT FROM newest_currency GROUP BY client_id
), counted AS (
    SELECT client_id, count(*) AS loans, max(days_ago) AS tenure,
        sum(CASE WHEN closed_on IS NULL THEN 1 ELSE 0 END) AS open_loans,
        max(CASE WHEN closed_on IS NULL THEN due_in END) AS due_in,
        max(CASE WHEN place = 1 AND closed_on IS NULL AND term > 0 THEN CAST(days_ago AS DOUBLE) / term END) AS elapsed,
        max(CASE WHEN place = 1 THEN term END) AS term,
        max(CASE WHEN place = 1 AND term_before > 0 THEN CAST(term AS DOUBLE) / term_before END) AS term_step,
        max(CASE WHEN place = 1 THEN interest_rate - rate_before END) AS rate_step,
        max(CASE WHEN place = 1 AND product_before IS NOT NULL AND product_id IS NOT NULL
            THEN CASE WHEN product_id <> product_before THEN 1 ELSE 0 END END) AS product_changed,
        sum(CASE WHEN closed_on IS NOT NULL AND ended_early IS NOT NULL THEN 1 ELSE 0 END) AS ended,
        sum(CASE WHEN ended_early >= 1 AND ended_early * 10 >= term THEN 1 ELSE 0 END) AS ended_early,
        sum(CASE WHEN ended_early < 0 THEN 1 ELSE 0 END) AS ended_late,
        sum(CASE WHEN closed_how = 'refinanced' THEN 1 ELSE 0 END) AS refinanced
    FROM lent GROUP BY client_id
), last_end AS (
    SELECT client_id, ended_early, row_number() OVER (
        PARTITION BY client_id ORDER BY ended_ago, disbursed_on DESC, loan_id DESC) AS place
    FROM lent WHERE closed_on IS NOT NULL
), ceiling AS (
    SELECT lent.client_id, CAST(lent.amount AS DOUBLE) / nullif(CAST(products.max_amount AS DOUBLE), 0) AS share
    FROM lent JOIN products ON lent.product_id = products.product_id WHERE lent.place = 1
)
SELECT at_risk.client_id,
    counted.loans AS loans_taken,
    counted.tenure AS tenure_days,
    date_diff('day', clients.joined_on, moment.as_of) AS member_days,
    counted.open_loans AS loans_open,
    counted.due_in AS days_to_loan_end,
    counted.elapsed AS loan_elapsed_share,
    counted.term AS loan_term_days,
    counted.term_step AS loan_term_step,
    counted.rate_step AS interest_rate_step,
    counted.product_changed AS product_changed,
    counted.refinanced AS loans_refinanced,
    last_end.ended_early AS last_loan_ended_early_days,
    CAST(counted.ended_early AS DOUBLE) / nullif(counted.ended, 0) AS loans_ended_early_share,
    CAST(counted.ended_late AS DOUBLE) / nullif(counted.ended, 0) AS loans_ended_late_share,
    money.newest AS loan_amount,
    CAST(money.newest AS DOUBLE) / nullif(CAST(money.before AS DOUBLE), 0) AS loan_amount_step,
    CAST(money.newest AS DOUBLE) / nullif(CAST(money.largest AS DOUBLE), 0) AS loan_amount_to_largest,
    CAST(money.newest AS DOUBLE) / nullif(money.average, 0) AS loan_amount_to_average,
    money.average_of_three / nullif(money.average, 0) AS loan_amount_recent_to_average,
    money.last_growth - 1 AS loans_without_growth,
    ceiling.share AS loan_amount_to_ceiling
FROM at_risk CROSS JOIN moment
LEFT JOIN clients ON at_risk.client_id = clients.client_id
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN money ON at_risk.client_id = money.client_id
LEFT JOIN last_end ON at_risk.client_id = last_end.client_id AND last_end.place = 1
LEFT JOIN ceiling ON at_risk.client_id = ceiling.client_id
