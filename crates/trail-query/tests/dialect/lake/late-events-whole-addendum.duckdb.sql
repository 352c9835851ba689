-- ordered
SELECT eventtime, addendum FROM t WHERE addendum.reason IS NOT NULL ORDER BY eventtime
