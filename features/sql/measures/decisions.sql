-- Ends of all loans at which a client could decide: not written off, not ended by death, transfer or a merged id.
SELECT spells.client_id, spells.spell, spells.ended_on,
    CASE WHEN spells.back_on <= spells.ended_on + {grace} THEN 'renewed'
         WHEN episodes.leaver_type = 'SAVES' THEN 'renewed'
         WHEN episodes.leaver_type IS NOT NULL THEN 'gone'
         ELSE 'open' END AS fate,
    CASE WHEN spells.back_on <= spells.ended_on + {grace} THEN NULL ELSE episodes.leaver_type END AS leaver_type
FROM spells
LEFT JOIN episodes ON spells.client_id = episodes.client_id AND spells.spell = episodes.spell
WHERE spells.ended_on < {never} AND spells.written_off = 0
    AND (episodes.leaver_type IS NULL OR episodes.leaver_type = 'SAVES' OR episodes.leaver_type NOT IN {not_exits})
