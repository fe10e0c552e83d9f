-- Other clients with the same product, and the whole book; the client's own facts are taken out of every sum, and the
-- rest is rounded so that what is missing from it does not tell of her either.
WITH alike AS (
    SELECT at_risk.client_id,
        around.active - facts.active AS active,
        around.gone - facts.gone AS gone,
        around.loans_28d - facts.loans_28d AS loans_28d,
        around.loans_before - facts.loans_before AS loans_before
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'product' AND around.place = facts.product_id
), everybody AS (
    SELECT at_risk.client_id,
        around.loans_28d - facts.loans_28d AS loans_28d,
        around.loans_before - facts.loans_before AS loans_before,
        around.loans_next_last_year - facts.loans_next_last_year AS loans_next_last_year,
        around.loans_past_last_year - facts.loans_past_last_year AS loans_past_last_year
    FROM at_risk JOIN facts ON at_risk.client_id = facts.client_id
    JOIN around ON around.level = 'book'
)
SELECT at_risk.client_id,
    floor(CAST(300 * alike.loans_28d AS DOUBLE) / nullif(alike.loans_before, 0) + 0.5) / 100 AS product_lending_trend,
    floor(CAST(100 * alike.gone AS DOUBLE) / nullif(alike.active + alike.gone, 0) + 0.5) / 100 AS product_gone_share,
    floor(CAST(300 * everybody.loans_28d AS DOUBLE) / nullif(everybody.loans_before, 0) + 0.5) / 100
        AS book_lending_trend,
    floor(CAST(100 * everybody.loans_next_last_year AS DOUBLE) / nullif(everybody.loans_past_last_year, 0) + 0.5) / 100
        AS book_season_turn
FROM at_risk
LEFT JOIN alike ON at_risk.client_id = alike.client_id
LEFT JOIN everybody ON at_risk.client_id = everybody.client_id
