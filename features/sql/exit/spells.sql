-- Loans of one client that follow without a gap are one spell; the end of a spell is a decision point.
WITH runs AS (
    SELECT client_id, loan_id, disbursed_on, closed_how,
        coalesce(closed_on, {never}) AS ended_on,
        max(coalesce(closed_on, {never})) OVER (
            PARTITION BY client_id ORDER BY disbursed_on, loan_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled'
), numbered AS (
    SELECT *, sum(CASE WHEN covered_until IS NULL OR disbursed_on > covered_until THEN 1 ELSE 0 END) OVER (
        PARTITION BY client_id ORDER BY disbursed_on, loan_id ROWS UNBOUNDED PRECEDING
    ) AS spell
    FROM runs
), spells AS (
    SELECT client_id, spell, min(disbursed_on) AS began_on, max(ended_on) AS ended_on
    FROM numbered GROUP BY client_id, spell
), last_loans AS (
    SELECT numbered.client_id, numbered.spell,
        max(CASE WHEN numbered.closed_how = 'written_off' THEN 1 ELSE 0 END) AS written_off
    FROM numbered JOIN spells
        ON numbered.client_id = spells.client_id AND numbered.spell = spells.spell
        AND numbered.ended_on = spells.ended_on
    GROUP BY numbered.client_id, numbered.spell
)
SELECT spells.client_id, spells.spell, spells.began_on, spells.ended_on, last_loans.written_off,
    lead(spells.began_on) OVER (PARTITION BY spells.client_id ORDER BY spells.spell) AS back_on
FROM spells JOIN last_loans ON spells.client_id = last_loans.client_id AND spells.spell = last_loans.spell
