-- title: "{principal} read an object that may hold credentials: {key}"
-- kind: match
-- severity: low
-- topics: [274]
-- mitre: [T1552.001, T1530]
-- why: Keys, passwords and the state of infrastructure lie in buckets under names that everybody knows; intruders look for
--   just these names.
-- do: Ask the owner; change what the object holds if the reader is not known.
-- false_positives: Programs on instances read their own settings. Functions, tasks and pipelines are left out.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html]
SELECT json_text(requestparameters, 'bucketName') AS bucket,
       json_text(requestparameters, 'key') AS key,
       CASE WHEN caller = 'workload' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'GetObject'
  AND errorcode IS NULL
  AND (caller IN ('human', 'unknown') OR useridentity.sessioncontext.ec2roledelivery IS NOT NULL)
  AND regexp_like(lower(json_text(requestparameters, 'key')),
                  '(^|/)(\.env(\.[a-z]+)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg|id_(rsa|dsa|ecdsa|ed25519)|credentials(\.(csv|json|ya?ml|txt|xml|ini))?|(access|root)_?keys?\.csv|.*accesskeys\.csv|secrets?\.(json|ya?ml|txt|env)|passwords?\.(txt|csv|xlsx?|json)|kubeconfig|shadow|ntds\.dit|wp-config\.php)$|\.(pem|ppk|pfx|p12|kdbx|jks|keystore|key|tfstate|ovpn|asc)$|\.aws/|\.ssh/|\.docker/config\.json$')
