-- The officer who serves the client on the day, from assignments; empty while the post is vacant.
WITH ordered AS (
    SELECT assignments.client_id, assignments.officer_id, assignments.from_on, assignments.to_on,
        CASE WHEN assignments.to_on IS NULL OR assignments.to_on >= moment.as_of THEN 1 ELSE 0 END AS lasts,
        row_number() OVER (PARTITION BY assignments.client_id ORDER BY
            CASE WHEN assignments.to_on IS NULL OR assignments.to_on >= moment.as_of THEN 1 ELSE 0 END DESC,
            assignments.from_on DESC, assignments.known_on DESC, assignments.officer_id DESC NULLS LAST) AS place
    FROM assignments CROSS JOIN moment
)
SELECT ordered.client_id,
    CASE WHEN ordered.lasts = 1 THEN ordered.officer_id END AS officer_id,
    CASE WHEN ordered.lasts = 1 THEN officers.branch_id END AS branch_id,
    date_diff('day', ordered.from_on, moment.as_of) AS served_days,
    CASE WHEN ordered.lasts = 1 AND ordered.officer_id IS NOT NULL THEN 0
         WHEN ordered.lasts = 1 THEN date_diff('day', ordered.from_on, moment.as_of)
         ELSE date_diff('day', ordered.to_on, moment.as_of) END AS vacant_days
FROM ordered CROSS JOIN moment LEFT JOIN officers ON ordered.officer_id = officers.officer_id
WHERE ordered.place = 1
