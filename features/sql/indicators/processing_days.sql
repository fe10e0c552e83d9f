-- Days from the request to the money, of loans paid out in the period.
SELECT date_diff('day', applications.applied_on, loans.disbursed_on) AS days
FROM applications JOIN loans ON applications.loan_id = loans.loan_id
    JOIN chosen ON loans.client_id = chosen.client_id
WHERE loans.disbursed_on BETWEEN {first} AND {last} AND applications.applied_on <= loans.disbursed_on
