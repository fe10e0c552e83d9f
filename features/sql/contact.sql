-- Visits, calls and meetings outside the weekly lists. Reads only the client's own rows.
WITH tried AS (
    SELECT contacts.client_id, contacts.kind, contacts.result, contacts.topic,
        CASE WHEN contacts.direction = 'in' THEN 1 ELSE 0 END AS incoming,
        CASE WHEN contacts.result IN ('not_reached', 'wrong_number') THEN 1 ELSE 0 END AS failed,
        CASE WHEN contacts.kind <> 'message'
            AND (contacts.result IS NULL OR contacts.result NOT IN ('not_reached', 'wrong_number'))
            THEN 1 ELSE 0 END AS held,
        date_diff('day', contacts.happened_on, moment.as_of) AS ago
    FROM contacts CROSS JOIN moment
    WHERE contacts.list_id IS NULL AND contacts.client_id IN (SELECT client_id FROM at_risk)
), counted AS (
    SELECT client_id,
        min(CASE WHEN held = 1 THEN ago END) AS last_held,
        min(CASE WHEN held = 1 AND kind IN ('visit', 'meeting') THEN ago END) AS last_seen,
        sum(CASE WHEN held = 1 AND ago < 91 THEN 1 ELSE 0 END) AS held_91d,
        sum(CASE WHEN held = 1 AND ago >= 91 AND ago < 182 THEN 1 ELSE 0 END) AS held_before,
        sum(CASE WHEN result = 'refused' AND ago < 365 THEN 1 ELSE 0 END) AS refused_365d,
        sum(CASE WHEN incoming = 0 AND failed = 1 AND ago < 91 THEN 1 ELSE 0 END) AS failed_91d,
        sum(CASE WHEN incoming = 0 AND kind <> 'message' AND ago < 182 THEN 1 ELSE 0 END) AS out_182d,
        sum(CASE WHEN incoming = 0 AND kind <> 'message' AND failed = 1 AND ago < 182 THEN 1 ELSE 0 END) AS missed_182d,
        sum(CASE WHEN result = 'wrong_number' AND ago < 365 THEN 1 ELSE 0 END) AS wrong_365d,
        sum(CASE WHEN incoming = 1 AND ago < 91 THEN 1 ELSE 0 END) AS incoming_91d
    FROM tried GROUP BY client_id
), streak AS (
    SELECT tried.client_id, count(*) AS failed
    FROM tried JOIN counted ON tried.client_id = counted.client_id
    WHERE tried.failed = 1 AND tried.incoming = 0 AND (counted.last_held IS NULL OR tried.ago < counted.last_held)
    GROUP BY tried.client_id
), topics AS (
    SELECT client_id, topic, count(*) AS asked FROM tried
    WHERE incoming = 1 AND ago < 182 AND topic IS NOT NULL GROUP BY client_id, topic
), questions AS (
    SELECT client_id, max(asked) AS repeated FROM topics GROUP BY client_id
)
SELECT at_risk.client_id,
    counted.last_held AS days_since_contact,
    counted.last_seen AS days_since_visit,
    coalesce(counted.held_91d, 0) AS contacts_91d,
    coalesce(counted.held_91d - counted.held_before, 0) AS contacts_change,
    coalesce(counted.refused_365d, 0) AS contacts_refused_365d,
    coalesce(counted.failed_91d, 0) AS failed_contacts_91d,
    CAST(counted.missed_182d AS DOUBLE) / nullif(counted.out_182d, 0) AS failed_contact_share_182d,
    coalesce(streak.failed, 0) AS failed_contacts_in_a_row,
    coalesce(counted.wrong_365d, 0) AS wrong_numbers_365d,
    coalesce(counted.incoming_91d, 0) AS incoming_contacts_91d,
    coalesce(questions.repeated, 0) AS questions_repeated_182d
FROM at_risk
LEFT JOIN counted ON at_risk.client_id = counted.client_id
LEFT JOIN streak ON at_risk.client_id = streak.client_id
LEFT JOIN questions ON at_risk.client_id = questions.client_id
