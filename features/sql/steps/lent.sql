-- Every loan that was paid out and not cancelled, with its place in the client's life and the loan before it.
WITH taken AS (
    SELECT loans.client_id, loans.loan_id, loans.disbursed_on, loans.amount, loans.currency, loans.product_id,
        loans.interest_rate, loans.due_on, loans.closed_on, loans.closed_how,
        date_diff('day', loans.disbursed_on, moment.as_of) AS days_ago,
        date_diff('day', loans.closed_on, moment.as_of) AS ended_ago,
        date_diff('day', moment.as_of, loans.due_on) AS due_in,
        date_diff('day', loans.disbursed_on, loans.due_on) AS term,
        date_diff('day', loans.closed_on, loans.due_on) AS ended_early
    FROM loans CROSS JOIN moment
    WHERE loans.closed_how IS NULL OR loans.closed_how <> 'cancelled'
), ordered AS (
    SELECT client_id, loan_id, disbursed_on, amount, currency, product_id, interest_rate, due_on, closed_on, closed_how,
        days_ago, ended_ago, due_in, term, ended_early,
        row_number() OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS nth,
        count(*) OVER (PARTITION BY client_id) AS loans,
        lag(product_id) OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS product_before,
        lag(interest_rate) OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS rate_before,
        lag(term) OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS term_before,
        lead(days_ago) OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS next_ago,
        row_number() OVER (PARTITION BY client_id, currency ORDER BY disbursed_on, loan_id) AS money_nth,
        count(*) OVER (PARTITION BY client_id, currency) AS money_loans,
        lag(amount) OVER (PARTITION BY client_id, currency ORDER BY disbursed_on, loan_id) AS amount_before,
        last_value(currency) OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS newest_currency
    FROM taken
)
SELECT client_id, loan_id, disbursed_on, amount, currency, product_id, interest_rate, due_on, closed_on, closed_how,
    days_ago, ended_ago, due_in, term, ended_early,
    loans - nth + 1 AS place, product_before, rate_before, term_before, next_ago,
    money_loans - money_nth + 1 AS money_place, amount_before, newest_currency,
    row_number() OVER (ORDER BY client_id, loan_id) AS loan_no
FROM ordered
