-- The group the client belongs to on the day, from memberships, and the one she left within 91 days.
WITH ordered AS (
    SELECT memberships.client_id, memberships.group_id, memberships.from_on,
        row_number() OVER (PARTITION BY memberships.client_id ORDER BY
            memberships.from_on DESC, memberships.known_on DESC, memberships.group_id DESC) AS place
    FROM memberships CROSS JOIN moment
    WHERE memberships.to_on IS NULL OR memberships.to_on >= moment.as_of
), departed AS (
    SELECT memberships.client_id, memberships.group_id,
        row_number() OVER (PARTITION BY memberships.client_id ORDER BY
            memberships.to_on DESC, memberships.from_on DESC, memberships.group_id DESC) AS place
    FROM memberships CROSS JOIN moment
    WHERE memberships.to_on < moment.as_of AND date_diff('day', memberships.to_on, moment.as_of) < 91
), everybody AS (
    SELECT client_id FROM memberships GROUP BY client_id
)
SELECT everybody.client_id, ordered.group_id, date_diff('day', ordered.from_on, moment.as_of) AS member_days,
    departed.group_id AS left_group_id
FROM everybody CROSS JOIN moment
LEFT JOIN ordered ON everybody.client_id = ordered.client_id AND ordered.place = 1
LEFT JOIN departed ON everybody.client_id = departed.client_id AND departed.place = 1
