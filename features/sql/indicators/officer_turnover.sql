-- Officers who served clients on the first day, and those of them who serve none on the last.
WITH began AS (
    SELECT DISTINCT assignments.officer_id FROM assignments JOIN chosen ON assignments.client_id = chosen.client_id
    WHERE officer_id IS NOT NULL AND from_on <= {first} AND (to_on IS NULL OR to_on >= {first})
), stayed AS (
    SELECT DISTINCT officer_id FROM assignments
    WHERE officer_id IS NOT NULL AND from_on <= {last} AND (to_on IS NULL OR to_on >= {last})
)
SELECT count(*) AS counted, sum(CASE WHEN stayed.officer_id IS NULL THEN 1 ELSE 0 END) AS hits
FROM began LEFT JOIN stayed ON began.officer_id = stayed.officer_id
