-- Who served each client of `firsts`, in which group and branch she was, on the first day she was watched; numbered.
WITH served AS (
    SELECT firsts.client_id,
        arg_max(assignments.officer_id, (assignments.from_on, assignments.known_on, assignments.officer_id)) AS officer_id
    FROM firsts JOIN assignments ON firsts.client_id = assignments.client_id
        AND assignments.from_on <= firsts.seen_on AND coalesce(assignments.to_on, {never}) >= firsts.seen_on
    WHERE assignments.officer_id IS NOT NULL GROUP BY firsts.client_id
), belonged AS (
    SELECT firsts.client_id,
        arg_max(memberships.group_id, (memberships.from_on, memberships.known_on, memberships.group_id)) AS group_id
    FROM firsts JOIN memberships ON firsts.client_id = memberships.client_id
        AND memberships.from_on <= firsts.seen_on AND coalesce(memberships.to_on, {never}) >= firsts.seen_on
    GROUP BY firsts.client_id
), placed AS (
    SELECT firsts.client_id, served.officer_id, belonged.group_id,
        coalesce(officers.branch_id, groups.branch_id) AS branch_id
    FROM firsts
    LEFT JOIN served ON firsts.client_id = served.client_id
    LEFT JOIN belonged ON firsts.client_id = belonged.client_id
    LEFT JOIN (SELECT officer_id, min(branch_id) AS branch_id FROM officers GROUP BY officer_id) AS officers
        ON served.officer_id = officers.officer_id
    LEFT JOIN (SELECT group_id, min(branch_id) AS branch_id FROM groups GROUP BY group_id) AS groups
        ON belonged.group_id = groups.group_id
), officer_numbers AS (
    SELECT officer_id, row_number() OVER (ORDER BY officer_id) - 1 AS number
    FROM (SELECT DISTINCT officer_id FROM placed WHERE officer_id IS NOT NULL) AS those
), group_numbers AS (
    SELECT group_id, row_number() OVER (ORDER BY group_id) - 1 AS number
    FROM (SELECT DISTINCT group_id FROM placed WHERE group_id IS NOT NULL) AS those
), branch_numbers AS (
    SELECT branch_id, row_number() OVER (ORDER BY branch_id) - 1 AS number
    FROM (SELECT DISTINCT branch_id FROM placed WHERE branch_id IS NOT NULL) AS those
)
SELECT placed.client_id, coalesce(branch_numbers.number, {unknown}) AS branch,
    coalesce(officer_numbers.number, {unknown}) AS officer, coalesce(group_numbers.number, {unknown}) AS in_group
FROM placed
LEFT JOIN branch_numbers ON placed.branch_id = branch_numbers.branch_id
LEFT JOIN officer_numbers ON placed.officer_id = officer_numbers.officer_id
LEFT JOIN group_numbers ON placed.group_id = group_numbers.group_id
