-- title: "{principal}, a user made for a Bedrock API key, called {event}"
-- kind: match
-- severity: high
-- topics: [92]
-- mitre: [T1078.004]
-- why: AWS makes a hidden IAM user for each long-lived Bedrock API key. Such a user that calls anything but Bedrock has
--   got other credentials, or more rights than a key for models needs.
-- do: List the user's keys, password and policies; remove all but the Bedrock credential, or the user.
-- false_positives: None known.
-- references: [https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html]
-- group_by: [account, principal]
-- accept: {cost: "the user's name tells it, whatever it does"}
SELECT useridentity.username AS user,
       useridentity.accesskeyid AS access_key
FROM cloudtrail
WHERE useridentity.type = 'IAMUser'
  AND useridentity.username LIKE 'BedrockAPIKey-%'
  AND eventsource NOT IN ('bedrock.amazonaws.com', 'bedrock-runtime.amazonaws.com', 'bedrock-agent.amazonaws.com',
                          'bedrock-agent-runtime.amazonaws.com', 'bedrock-agentcore.amazonaws.com', 'bedrock-mantle.amazonaws.com')
