WITH risk AS (SELECT client_id, state FROM asked)
SELECT risk.client_id, risk.state,
    date_diff('day', {day}, min(loans.disbursed_on)) AS back_days,
    date_diff('day', {day}, min(CASE WHEN written.closed_on > {day} THEN written.closed_on END)) AS forced_days
FROM risk
LEFT JOIN loans ON risk.client_id = loans.client_id AND loans.disbursed_on > {day}
    AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
LEFT JOIN loans AS written ON risk.client_id = written.client_id AND written.closed_how = 'written_off'
GROUP BY risk.client_id, risk.state
ORDER BY risk.client_id
