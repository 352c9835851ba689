-- title: Accounts and regions
-- order: 10
-- note: Accounts and regions of which the logs of the period have events. Of what is not here nothing can be said.
-- empty: The logs hold no event of this period.
SELECT
    account,
    region,
    sum(count) AS events,
    count(DISTINCT principal) AS principals,
    count(DISTINCT eventsource) AS services,
    count(DISTINCT day) AS days_with_events,
    min(first) AS first_event,
    max(last) AS last_event
FROM activity
GROUP BY account, region
ORDER BY events DESC, account, region
