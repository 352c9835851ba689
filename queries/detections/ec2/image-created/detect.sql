-- title: "{principal} made or brought in an image: {event}"
-- kind: match
-- severity: low
-- topics: [237]
-- mitre: [T1578.001, T1204.003]
-- why: An image of a machine holds all that is on it and is the first step of taking it away; an image from outside brings
--   in whatever is on it.
-- do: Check that it was meant; look whether the image was shared or exported.
-- false_positives: Backups and pipelines that build images.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html]
SELECT coalesce(json_text(requestparameters, 'instanceId'), json_text(requestparameters, 'sourceImageId'), json_text(requestparameters, 'imageLocation')) AS source,
       coalesce(json_text(requestparameters, 'name'), json_text(responseelements, 'imageId')) AS name,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateImage', 'CopyImage', 'ImportImage', 'ImportSnapshot', 'ImportInstance', 'ImportVolume', 'RegisterImage',
                    'CreateFpgaImage', 'CreateRestoreImageTask')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
