-- title: Hours of which logs are missing
-- description: Hours in which an account and region has a hole in CloudTrail's digests, a digest that does not hold, or objects that could not be read.
--   It needs a lake.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT account, region, hour, objects, partial, failed, rejects, digests, digest, hole, quiet
FROM coverage
WHERE (hole > 0 OR digest = 'invalid' OR partial > 0 OR failed > 0 OR rejects > 0) AND hour >= ${from} AND hour < ${to}
ORDER BY hour, account, region
