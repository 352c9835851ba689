-- ordered
SELECT eventid, eventname, addendum.reason AS reason, addendum.updatedfields AS updatedfields FROM t
WHERE addendum.reason = 'UPDATED_DATA' ORDER BY eventtime
