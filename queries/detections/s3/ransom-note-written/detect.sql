-- title: "{principal} wrote what looks like a ransom note: {key}"
-- kind: match
-- severity: high
-- topics: [283]
-- mitre: [T1486, T1485, T1657]
-- why: A note that says where to pay is the last step of extortion; the data is gone or encrypted by then.
-- do: Disable the credentials at once; look at deletions and copies just before.
-- false_positives: Files that only sound like it.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'bucketName') AS bucket,
       json_text(requestparameters, 'key') AS key
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutObject', 'CopyObject', 'CreateMultipartUpload', 'CompleteMultipartUpload')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%.txt"%' OR requestparameters LIKE '%.TXT"%' OR requestparameters LIKE '%.htm%' OR requestparameters LIKE '%.hta"%'
       OR requestparameters LIKE '%.md"%' OR requestparameters LIKE '%.rtf"%' OR requestparameters LIKE '%.png"%' OR requestparameters LIKE '%ansom%'
       OR requestparameters LIKE '%RANSOM%' OR requestparameters LIKE '%DECRYPT%' OR requestparameters LIKE '%ecrypt%' OR requestparameters LIKE '%RECOVER%')
  AND regexp_like(lower(json_text(requestparameters, 'key')),
                  'ransom|decrypt[^/]*\.(txt|html?|hta|md|rtf|log)$|decrypt[^/.]*$|(^|[^a-z])(how[-_ .]?to[-_ .]?)?(decrypt|recover|restore|unlock|get[-_ .]?back)[-_ .]?(your[-_ .]?|my[-_ .]?|all[-_ .]?|the[-_ .]?)?(files?|data|key|instructions?|guide|info)([^/a-z]|$)|files?[-_ .]?(are[-_ .]?|were[-_ .]?|have[-_ .]?been[-_ .]?|has[-_ .]?been[-_ .]?)?(deleted|encrypted|locked|stolen)|data[-_ .]?(has[-_ .]?been[-_ .]?|is[-_ .]?)?(deleted|encrypted|locked|stolen|leak)|(all[-_ .])?your[-_ .]?(files|data)|pay[-_ .]?(me|us|bitcoin|btc)([^a-z]|$)|payment[-_ .]?(note|info|instructions?)|(^|/)(!|_+)?read[-_ .]?(me|this)[-_ .]?(now|first|to|urgent|important)|(^|/)[!_]{2,}read[-_ .]?me|warning[-_ .]?read|instructions?[-_ .]to[-_ .](decrypt|recover|restore)|(recovery|restore)[-_ .]?(instructions?|guide|key)|bitcoin|(^|/)(hacked|pwned|you[-_ .]have[-_ .]been)')
  AND NOT regexp_like(lower(json_text(requestparameters, 'key')), '\.(py|js|ts|java|go|rs|rb|c|h|css|class|jar|so|svg|gif)$')
