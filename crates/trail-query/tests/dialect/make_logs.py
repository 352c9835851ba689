"""Writes the log files under logs/ that the questions in lake/ and athena/ are asked of.

Everything is invented: three accounts, three regions, six days around the end of February 2024. The same text comes out
whenever it is run. Needs nothing but Python: `python3 make_logs.py`.
"""

import gzip
import json
import random
import shutil
import uuid
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

PROD, DEV, SEC = "111122223333", "444455556666", "777788889999"
US, EU, AP = "us-east-1", "eu-west-1", "ap-southeast-2"
START = datetime(2024, 2, 27)
DAYS = 6
CLI = "aws-cli/2.15.23 Python/3.11.6 Linux/5.10.205 exe/x86_64.amzn.2023 prompt/off command/"
BOTO = "Boto3/1.34.46 md/Botocore#1.34.46 ua/2.0 os/linux#6.1.75 lang/python#3.11.6"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.7.3 (+https://www.terraform.io) aws-sdk-go-v2/1.25.0 os/linux lang/go#1.21.6"
MODERN = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}

rng = random.Random(20240229)
events = []  # of (folder, record)


def new_id():
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def at(day, hour=None, minute=None, second=None):
    """A time on the day of that number; what is not said is drawn."""
    hour = rng.randrange(24) if hour is None else hour
    minute = rng.randrange(60) if minute is None else minute
    second = rng.randrange(60) if second is None else second
    return START + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def session(mfa, created, issuer=None, **more):
    """The sessionContext of temporary credentials."""
    context = {"sessionIssuer": issuer} if issuer else {}
    context["attributes"] = {"creationDate": iso(created), "mfaAuthenticated": "true" if mfa else "false"}
    return {**context, **more}


def user(account, name, key=True, console=None):
    who = {"type": "IAMUser", "principalId": f"AIDA{name.upper():0<16}", "arn": f"arn:aws:iam::{account}:user/{name}",
           "accountId": account}
    if key:
        who["accessKeyId"] = ("ASIA" if console else "AKIA") + f"{name.upper():0<12}{account[:4]}"
    who["userName"] = name
    if console:
        who["sessionContext"] = session(console == "mfa", at(0, 6, 0, 0))
    return who


def role(account, name, who, created=None, path="/", mfa=False, key=None, **more):
    issuer = {"type": "Role", "principalId": f"AROA{name.upper().replace('_', '')[:16]:0<16}",
              "arn": f"arn:aws:iam::{account}:role{path}{name}", "accountId": account, "userName": name}
    return {
        "type": "AssumedRole", "principalId": f"{issuer['principalId']}:{who}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{who}", "accountId": account,
        "accessKeyId": key or f"ASIA{name.upper().replace('_', '')[:8]:0<12}{account[:4]}",
        "sessionContext": session(mfa, created or at(0, 5, 0, 0), issuer, **more),
    }


def root(account, console=True):
    who = {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}
    if console:
        who |= {"accessKeyId": "ASIAROOT00000000", "sessionContext": session(True, at(3, 7, 30, 0))}
    return who


def service(host):
    return {"type": "AWSService", "invokedBy": host}


ALICE, BOB, CAROL = user(PROD, "alice"), user(PROD, "bob"), user(PROD, "carol", console="mfa")
DAVE, EVE = user(DEV, "dave"), user(SEC, "eve")
APP = role(PROD, "AppServer", "i-0a1b2c3d4e5f60718", ec2RoleDelivery="2.0")
OLD = role(PROD, "BatchWorker", "i-0fedcba9876543210", ec2RoleDelivery="1.0")
DEPLOY = role(DEV, "Deploy", "pipeline-42", path="/ci/")
ADMIN = role(PROD, "AWSReservedSSO_AdministratorAccess_0123456789abcdef", "ann@example.com",
             path="/aws-reserved/sso.amazonaws.com/eu-west-1/", sourceIdentity="ann")
AUDIT = role(PROD, "Audit", "eve-audit", mfa=True)
FEDERATED = {
    "type": "FederatedUser", "principalId": f"{PROD}:guest", "arn": f"arn:aws:sts::{PROD}:federated-user/guest",
    "accountId": PROD, "accessKeyId": "ASIAGUEST0000000",
    "sessionContext": session(False, at(2, 8, 0, 0), {"type": "IAMUser", "principalId": BOB["principalId"],
                                                     "arn": BOB["arn"], "accountId": PROD, "userName": "bob"}),
}
CENTER = {"type": "IdentityCenterUser", "accountId": SEC,
          "onBehalfOf": {"userId": "c0ffee00-aaaa-bbbb-cccc-0123456789ab",
                         "identityStoreArn": f"arn:aws:identitystore::{SEC}:identitystore/d-9067example"},
          "credentialId": "1f2e3d4c-cred-0001"}
STRANGER = {"type": "AWSAccount", "principalId": "AIDASTRANGER00000000", "accountId": "999988887777"}

ADDRESS = {"alice": "203.0.113.10", "bob": "203.0.113.77", "carol": "198.51.100.23", "dave": "198.51.100.140",
           "eve": "2001:db8:1::5", "guest": "2001:db8:2::99", "AppServer": "192.0.2.15", "BatchWorker": "192.0.2.200"}


def address_of(who):
    if who["type"] == "AWSService":
        return who["invokedBy"]
    name = who.get("userName") or who.get("sessionContext", {}).get("sessionIssuer", {}).get("userName", "")
    if who["type"] == "FederatedUser":
        name = "guest"
    return ADDRESS.get(name, "203.0.113.200")


def add(when, call, who, account=PROD, region=US, request=None, response=None, *, read=False, category="Management",
        kind="AwsApiCall", error=None, message=None, ip=None, agent=BOTO, tls=MODERN, folder="CloudTrail", **more):
    """One event; `call` is `service:Name`, `more` holds CloudTrail's own fields."""
    prefix, name = call.split(":")
    host = f"{prefix}.{region}.amazonaws.com"
    record = {
        "eventVersion": "1.09", "userIdentity": who, "eventTime": iso(when), "eventSource": f"{prefix}.amazonaws.com",
        "eventName": name, "awsRegion": region, "sourceIPAddress": ip or address_of(who), "userAgent": agent,
    }
    if who["type"] == "AWSService":
        record["userAgent"], tls = who["invokedBy"], None
    if error:
        record["errorCode"] = error
    if message:
        record["errorMessage"] = message
    record |= {"requestParameters": request, "responseElements": response}
    first = {key: more.pop(key) for key in ["additionalEventData"] if key in more}
    record |= first | {"requestID": new_id(), "eventID": new_id(), "readOnly": read}
    if "resources" in more:
        record["resources"] = more.pop("resources")
    record |= {"eventType": kind, "managementEvent": category == "Management", "recipientAccountId": account}
    record |= more | {"eventCategory": category}
    if tls:
        record["tlsDetails"] = {**tls, "clientProvidedHostHeader": host}
    events.append((folder, record))
    return record


def bucket_arn(name):
    return f"arn:aws:s3:::{name}"


def denied(who, action, why=" because no identity-based policy allows the {} action"):
    return f"User: {who['arn']} is not authorized to perform: {action}" + why.format(action)


def object_events():
    """S3 data events: objects read and written, some refused, bytes counted."""
    keys = ["reports/2024/q1.csv", "reports/2024%20draft/summary+final.csv", "photos/cat.jpg", "backup/db/2024-02-27.dump",
            "backup/db/2024-02-28.dump", "logs/app.log", "caf%C3%A9/men%C3%BC.txt", "tmp/a%2Fb.bin"]
    for number in range(170):
        day = number % DAYS
        who = [APP, OLD, ALICE, APP, FEDERATED, DAVE][number % 6]
        account = who["accountId"]
        region = US if account == PROD else EU
        bucket = ["finance-records", "media-assets", "finance-records", "db-backups"][number % 4]
        key = keys[rng.randrange(len(keys))]
        name = ["GetObject", "GetObject", "PutObject", "GetObject", "HeadObject", "DeleteObject", "ListObjects"][number % 7]
        request = {"bucketName": bucket, "Host": f"{bucket}.s3.{region}.amazonaws.com"}
        spelling = "ARN" if number % 3 else "arn"
        resources = [{"type": "AWS::S3::Object", spelling: f"{bucket_arn(bucket)}/{key}"},
                     {"accountId": account, "type": "AWS::S3::Bucket", spelling: bucket_arn(bucket)}]
        if name == "ListObjects":
            request |= {"prefix": key.split("/")[0] + "/", "list-type": "2", "max-keys": "1000"}
            resources[0] = {"type": "AWS::S3::Object", "ARNPrefix": f"{bucket_arn(bucket)}/{request['prefix']}"}
        else:
            request["key"] = key
        if name == "PutObject":
            request["x-amz-server-side-encryption"] = "aws:kms" if number % 2 else "AES256"
        no = number % 11 == 0
        size = 0 if no or name in ("DeleteObject", "HeadObject") else [512, 2048, 2048, 2048, 1048576][number % 5]
        sent = name == "PutObject"
        add(at(day), f"s3:{name}", who, account, region, request, None, read=name not in ("PutObject", "DeleteObject"),
            category="Data", error="AccessDenied" if no else None, message="Access Denied" if no else None,
            agent=f"[{BOTO}]", resources=resources,
            additionalEventData={"SignatureVersion": "SigV4", "CipherSuite": "ECDHE-RSA-AES128-GCM-SHA256",
                                 "bytesTransferredIn": size if sent else 0, "AuthenticationMethod": "AuthHeader",
                                 "x-amz-id-2": f"id2-{number:04}", "bytesTransferredOut": 0 if sent else size})
    add(at(1, 3, 12, 9), "s3:GetObject", STRANGER, PROD, US, {"bucketName": "media-assets", "key": "photos/cat.jpg"},
        category="Data", read=True, ip="198.51.100.66", agent="curl/8.4.0", sharedEventID=new_id(),
        resources=[{"type": "AWS::S3::Object", "ARN": f"{bucket_arn('media-assets')}/photos/cat.jpg"},
                   {"accountId": PROD, "type": "AWS::S3::Bucket", "ARN": bucket_arn("media-assets")}],
        additionalEventData={"bytesTransferredOut": 4096, "bytesTransferredIn": 0})
    for number in range(14):
        add(at(number % DAYS), "lambda:Invoke", role(PROD, "ApiGateway", "call"), PROD, US,
            {"functionName": f"arn:aws:lambda:{US}:{PROD}:function:{['charge', 'mail'][number % 2]}",
             "invocationType": "RequestResponse"}, None, category="Data", ip="apigateway.amazonaws.com",
            agent="apigateway.amazonaws.com", tls=None,
            resources=[{"accountId": PROD, "type": "AWS::Lambda::Function",
                        "ARN": f"arn:aws:lambda:{US}:{PROD}:function:{['charge', 'mail'][number % 2]}"}])


def key_events():
    """KMS and Secrets Manager."""
    keys = {PROD: f"arn:aws:kms:{US}:{PROD}:key/0a0a0a0a-1111-2222-3333-444444444444",
            DEV: f"arn:aws:kms:{EU}:{DEV}:key/0b0b0b0b-1111-2222-3333-444444444444"}
    for number in range(60):
        who = [APP, ALICE, DEPLOY, OLD][number % 4]
        account = who["accountId"]
        region = US if account == PROD else EU
        resource = {"accountId": account, "type": "AWS::KMS::Key", "ARN" if number % 2 else "arn": keys[account]}
        no = number % 15 == 7
        action = ["Decrypt", "GenerateDataKey", "Decrypt"][number % 3]
        request = {"encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                   "encryptionContext": {"app": ["billing", "web"][number % 2], "tenant": f"t{number % 5}"}}
        if action == "GenerateDataKey":
            request = {"keyId": keys[account], "numberOfBytes": 32} | request
            del request["encryptionAlgorithm"]
        if no:
            resource = None
        more = {"resources": [resource]} if resource else {}
        add(at(number % DAYS), f"kms:{action}", who, account, region, request, None, read=True,
            error="AccessDenied" if no else None, message=denied(who, f"kms:{action}") if no else None,
            agent=TERRAFORM if number % 10 == 9 else BOTO, **more)
    for number in range(24):
        who = [APP, BOB, ADMIN][number % 3]
        secret = ["prod/db/password", "prod/api/token", "prod/db/password", "shared/smtp"][number % 4]
        no = number % 9 == 4
        arn = f"arn:aws:secretsmanager:{US}:{PROD}:secret:{secret}-AbCdEf"
        add(at(number % DAYS), "secretsmanager:GetSecretValue", who, PROD, US,
            {"secretId": arn if number % 2 else secret, "versionStage": "AWSCURRENT"}, None, read=True,
            error="AccessDeniedException" if no else None,
            message=denied(who, "secretsmanager:GetSecretValue", " on resource: " + arn +
                           " with an explicit deny in a service control policy") if no else None,
            ip="203.0.113.129" if who is BOB and number % 2 else None)


def trust(principal, condition=None):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def iam_events():
    """IAM writes, with documents, tags, numbers and booleans in their parameters."""
    iam = dict(account=PROD, region=US, agent=CLI + "iam", tls={**MODERN, "tlsVersion": "TLSv1.2",
                                                               "cipherSuite": "ECDHE-RSA-AES128-GCM-SHA256"})
    for number, name in enumerate(["mallory", "oscar", "peggy", "trent", "victor"]):
        made = at(number, 9, 5 + number, 0)
        tags = [{"key": "team", "value": ["core", "data"][number % 2]}, {"key": "cost", "value": f"{100 + number}"}]
        add(made, "iam:CreateUser", ADMIN, **iam, request={"userName": name, "path": "/staff/", "tags": tags[:1 + number % 2]},
            response={"user": {"path": "/staff/", "userName": name, "userId": f"AIDA{name.upper():0<16}",
                               "arn": f"arn:aws:iam::{PROD}:user/staff/{name}", "createDate": made.strftime("%b %d, %Y %I:%M:%S %p")}})
        add(made + timedelta(minutes=2, seconds=30), "iam:CreateAccessKey", ADMIN, **iam, request={"userName": name},
            response={"accessKey": {"userName": name, "accessKeyId": f"AKIA{name.upper():0<16}", "status": "Active",
                                    "createDate": (made + timedelta(minutes=2, seconds=30)).strftime("%b %d, %Y %I:%M:%S %p")}})
        policy = ["ReadOnlyAccess", "AdministratorAccess", "PowerUserAccess"][number % 3]
        add(made + timedelta(minutes=4), "iam:AttachUserPolicy", ADMIN, **iam,
            request={"userName": name, "policyArn": f"arn:aws:iam::aws:policy/{policy}"})
        add(made + timedelta(minutes=7, seconds=59), "iam:AddUserToGroup", [ADMIN, ALICE][number % 2], **iam,
            request={"groupName": ["Admins", "Readers"][number % 2], "userName": name})
    for number, (who, name, document) in enumerate([
        (ADMIN, "PartnerAccess", trust("arn:aws:iam::999988887777:root", {"StringEquals": {"sts:ExternalId": "x-42"}})),
        (ALICE, "Backdoor", trust("*")),
        (DEPLOY, "TaskRole", trust(f"arn:aws:iam::{DEV}:root")),
        (ADMIN, "Support", trust([f"arn:aws:iam::{SEC}:root", f"arn:aws:iam::{DEV}:role/Deploy"])),
    ]):
        add(at(2, 10 + number, 0, 0), "iam:CreateRole", who, **(iam | {"account": who["accountId"]}),
            request={"roleName": name, "assumeRolePolicyDocument": document, "maxSessionDuration": [3600, 43200][number % 2],
                     "tags": [{"key": "env", "value": "prod"}, {"key": "owner", "value": ["ann", "bob"][number % 2]},
                              {"key": "ticket", "value": f"SEC-{number}"}][: 1 + number % 3]},
            response={"role": {"roleName": name, "arn": f"arn:aws:iam::{who['accountId']}:role/{name}"}})
    for number, (name, actions) in enumerate([("inline-read", ["s3:GetObject", "s3:ListBucket"]), ("inline-all", "*"),
                                              ("inline-pass", ["iam:PassRole", "ec2:RunInstances", "lambda:*"])]):
        document = json.dumps({"Version": "2012-10-17",
                               "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
        add(at(3, 12, 10 * number, 0), "iam:PutUserPolicy", [ADMIN, ALICE, BOB][number], **iam,
            request={"userName": ["oscar", "mallory", "bob"][number], "policyName": name, "policyDocument": document})
    add(at(4, 8, 0, 0), "iam:UpdateAccountPasswordPolicy", ADMIN, **iam,
        request={"minimumPasswordLength": 14, "requireSymbols": True, "requireNumbers": True, "hardExpiry": False,
                 "maxPasswordAge": 90, "passwordReusePrevention": 24})
    add(at(5, 8, 30, 0), "iam:UpdateAccountPasswordPolicy", ALICE, **iam,
        request={"minimumPasswordLength": 6, "requireSymbols": False, "requireNumbers": False, "hardExpiry": False})
    add(at(4, 9, 0, 0), "iam:DeactivateMFADevice", BOB, **iam,
        request={"userName": "bob", "serialNumber": f"arn:aws:iam::{PROD}:mfa/bob-phone"})
    add(at(4, 9, 30, 0), "iam:DeleteUser", ADMIN, **iam, request={"userName": "trent"})
    for number in range(16):
        who = [BOB, DAVE, OLD, BOB][number % 4]
        action = ["CreateAccessKey", "ListUsers", "AttachRolePolicy", "CreateUser", "PutRolePolicy"][number % 5]
        add(at(number % DAYS, 13 + number % 3), f"iam:{action}", who, **(iam | {"account": who["accountId"]}),
            request=None if action == "ListUsers" else {"userName": "root-clone"}, read=action == "ListUsers",
            error="AccessDenied", message=denied(who, f"iam:{action}"))


def ec2_events():
    """Instances launched and stopped, security groups opened and closed, a lot of looking."""
    for number in range(18):
        who = [ADMIN, DEPLOY, ALICE][number % 3]
        account, region = who["accountId"], [US, EU, AP][number % 3]
        count = 1 + number % 3
        items = [{"instanceId": f"i-{number:04x}{i:013x}", "imageId": "ami-0abc", "privateIpAddress": f"192.0.2.{number * 4 + i}",
                  "currentState": {"code": 0, "name": "pending"}} for i in range(count)]
        tags = [{"key": "Name", "value": f"web-{number}"}, {"key": "env", "value": ["prod", "dev"][number % 2]}]
        no = number % 8 == 5
        add(at(number % DAYS), "ec2:RunInstances", who, account, region,
            {"instancesSet": {"items": [{"imageId": "ami-0abc", "minCount": 1, "maxCount": count, "keyName": "ops"}]},
             "instanceType": ["t3.micro", "m5.large", "p4d.24xlarge", "t3.micro"][number % 4],
             "blockDeviceMapping": {}, "monitoring": {"enabled": number % 2 == 1}, "disableApiTermination": False,
             "ebsOptimized": number % 4 == 1,
             "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": tags[: 1 + number % 2]}]}},
            None if no else {"requestId": new_id(), "reservationId": f"r-{number:08}", "ownerId": account,
                             "groupSet": {}, "instancesSet": {"items": items}},
            error="Client.UnauthorizedOperation" if no else None,
            message="You are not authorized to perform this operation. Encoded authorization failure message: AbC123" if no else None,
            ip="autoscaling.amazonaws.com" if number % 9 == 7 else None)
    ports = [(22, 22, "0.0.0.0/0"), (443, 443, "0.0.0.0/0"), (3389, 3389, "203.0.113.0/24"), (0, 65535, "192.0.2.0/24"),
             (5432, 5440, "198.51.100.0/25"), (22, 22, "203.0.113.77/32"), (3306, 3306, "0.0.0.0/0")]
    for number, (low, high, cidr) in enumerate(ports):
        rules = [{"ipProtocol": "tcp", "fromPort": low, "toPort": high, "groups": {},
                  "ipRanges": {"items": [{"cidrIp": cidr, "description": f"rule {number}"}] +
                               ([{"cidrIp": "192.0.2.0/25"}] if number % 3 == 0 else [])},
                  "ipv6Ranges": {"items": [{"cidrIpv6": "::/0"}]} if number == 1 else {}, "prefixListIds": {}}]
        if number % 2:
            rules.append({"ipProtocol": "icmp", "fromPort": -1, "toPort": -1, "groups": {},
                          "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "prefixListIds": {}})
        who = [ALICE, ADMIN, DAVE][number % 3]
        name = "RevokeSecurityGroupIngress" if number == 5 else "AuthorizeSecurityGroupIngress"
        add(at(number % DAYS, 11, number, 15), f"ec2:{name}", who, who["accountId"], [US, EU][number % 2],
            {"groupId": f"sg-0{number % 4}aa", "ipPermissions": {"items": rules}}, {"requestId": new_id(), "_return": True},
            agent=BROWSER if number % 2 else CLI + "ec2.authorize-security-group-ingress",
            **({"sessionCredentialFromConsole": "true"} if number % 2 else {}))
    for number in range(12):
        who = [ALICE, DEPLOY][number % 2]
        add(at(number % DAYS), f"ec2:{['StopInstances', 'TerminateInstances'][number % 2]}", who, who["accountId"],
            [US, EU][number % 2], {"instancesSet": {"items": [{"instanceId": f"i-{number:017x}"}, {"instanceId": "i-0aa"}][: 1 + number % 3 // 2]},
                                   "force": number % 4 == 0}, {"instancesSet": {"items": []}})
    for number in range(70):
        who = [DEPLOY, ADMIN, BOB, DAVE, AUDIT][number % 5]
        add(at(number % DAYS), f"ec2:Describe{['Instances', 'SecurityGroups', 'Volumes', 'Images'][number % 4]}", who,
            who["accountId"], [US, EU, AP][number % 3],
            {"filterSet": {}, "maxResults": [100, 500, 1000][number % 3]} if number % 3 else {"filterSet": {"items": [
                {"name": "tag:env", "valueSet": {"items": [{"value": "prod"}, {"value": "dev"}]}}]}},
            None, read=True, agent=[TERRAFORM, BROWSER, CLI + "ec2.describe"][number % 3],
            error="Client.UnauthorizedOperation" if number % 14 == 2 else None,
            message="You are not authorized to perform this operation." if number % 14 == 2 else None,
            tls=dict(tlsVersion=["TLSv1.3", "TLSv1.2", "TLSv1.3", "TLSv1.1", "TLSv1"][number % 5], cipherSuite="TLS_X"),
            **({"sessionCredentialFromConsole": "true"} if number % 3 == 1 else {}))


def sign_ins():
    """The console, with and without MFA, well and badly."""
    people = [(ALICE, PROD), (BOB, PROD), (CAROL, PROD), (DAVE, DEV), (EVE, SEC)]
    for number in range(30):
        who, account = people[number % 5]
        good = number % 7 not in (2, 3)
        mfa = who in (CAROL, EVE) or number % 10 == 0
        clean = {key: value for key, value in who.items() if key not in ("accessKeyId", "sessionContext")}
        record = add(at(number % DAYS, 7 + number % 4), "signin:ConsoleLogin", clean, account, [US, EU][number % 2], None,
                     {"ConsoleLogin": "Success" if good else "Failure"}, kind="AwsConsoleSignIn", agent=BROWSER,
                     message=None if good else "Failed authentication", ip="198.51.100.250" if number == 17 else None,
                     additionalEventData={"LoginTo": f"https://console.aws.amazon.com/console/home?region={US}&state=hash%23{number}",
                                          "MobileVersion": "No" if number % 6 else "Yes", "MFAUsed": "Yes" if mfa else "No"})
        record["eventVersion"] = "1.08"
    for number, good in enumerate([False, False, True]):
        add(at(3, 7, 20 + 4 * number, 0), "signin:ConsoleLogin", root(PROD, console=False), PROD, US, None,
            {"ConsoleLogin": "Success" if good else "Failure"}, kind="AwsConsoleSignIn", agent=BROWSER, ip="198.51.100.9",
            message=None if good else "Failed authentication",
            additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No",
                                 "MFAUsed": "Yes" if good else "No"})
    add(at(3, 7, 41, 0), "iam:CreateAccessKey", root(PROD), PROD, US, None, {"accessKey": {
        "accessKeyId": "AKIAROOTKEY000000000", "status": "Active", "createDate": "Mar 01, 2024 07:41:00 AM"}},
        ip="198.51.100.9", agent=BROWSER, sessionCredentialFromConsole="true")
    add(at(3, 7, 45, 0), "cloudtrail:StopLogging", root(PROD), PROD, US,
        {"name": f"arn:aws:cloudtrail:{US}:{PROD}:trail/org"}, None, ip="198.51.100.9", agent=BROWSER,
        sessionCredentialFromConsole="true")
    add(at(3, 8, 45, 0), "cloudtrail:StartLogging", ADMIN, PROD, US, {"name": "org"}, None)
    add(at(4, 15, 0, 0), "cloudtrail:PutEventSelectors", DEPLOY, DEV, EU, {"trailName": "dev", "eventSelectors": [
        {"readWriteType": "WriteOnly", "includeManagementEvents": True, "excludeManagementEventSources": ["kms.amazonaws.com"],
         "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::media-assets/", "arn:aws:s3:::db-backups/"]},
                           {"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]}]}]}, None)


def sessions():
    """Who assumed which role, and what was then done with the credentials that came of it."""
    for number in range(24):
        who, owner, name = [(EVE, PROD, "Audit"), (BOB, PROD, "Deploy"), (DAVE, DEV, "Deploy"), (EVE, DEV, "Audit")][number % 4]
        when = at(number % DAYS, 8 + number // 2 % 10, 2 * number, 0)
        key, session_name = f"ASIASESSION{number:05}", f"{who['userName']}-{number}"
        target = f"arn:aws:iam::{owner}:role/{name}"
        ours = who["accountId"]
        shared = new_id() if ours != owner else None
        response = {"credentials": {"accessKeyId": key, "sessionToken": "token", "expiration": (when + timedelta(hours=1)).strftime("%b %d, %Y, %I:%M:%S %p")},
                    "assumedRoleUser": {"assumedRoleId": f"AROA{name.upper():0<16}:{session_name}",
                                        "arn": f"arn:aws:sts::{owner}:assumed-role/{name}/{session_name}"}}
        request = {"roleArn": target, "roleSessionName": session_name, "durationSeconds": [900, 3600][number % 2]}
        resource = [{"accountId": owner, "type": "AWS::IAM::Role", "ARN": target}]
        more = {"sharedEventID": shared} if shared else {}
        add(when, "sts:AssumeRole", who, ours, US, request, response, read=True, resources=resource,
            additionalEventData={"RequestDetails": {"endpointType": ["global", "regional"][number % 2], "awsServingRegion": US}}, **more)
        if shared:
            caller = {"type": "AWSAccount", "principalId": who["principalId"], "accountId": ours}
            add(when, "sts:AssumeRole", caller, owner, US, request, response, read=True, ip=address_of(who), resources=resource, **more)
        for step in range(1 + number % 3):
            then = role(owner, name, session_name, created=when, key=key)
            call = ["sts:GetCallerIdentity", "s3:ListBuckets", "rds:DescribeDBInstances"][step]
            add(when + timedelta(minutes=3 + 11 * step, seconds=number), call, then, owner, [US, EU, AP][step], None, None, read=True)
    web = {"type": "WebIdentityUser", "principalId": "repo:example/app:ref:refs/heads/main", "userName": "repo:example/app",
           "identityProvider": f"arn:aws:iam::{DEV}:oidc-provider/token.actions.githubusercontent.com"}
    saml = {"type": "SAMLUser", "principalId": "nq=:grace@example.com", "userName": "grace@example.com", "identityProvider": "nq="}
    for number in range(8):
        add(at(number % DAYS, 16), "sts:AssumeRoleWithWebIdentity", web, DEV, US,
            {"roleArn": f"arn:aws:iam::{DEV}:role/ci/Deploy", "roleSessionName": f"build-{number}"}, {"provider": web["identityProvider"]},
            read=True, ip="192.0.2.77")
        add(at(number % DAYS, 17), "sts:AssumeRoleWithSAML", saml, PROD, EU,
            {"sAMLAssertionID": f"_a{number}", "roleArn": f"arn:aws:iam::{PROD}:role/Analyst",
             "principalArn": f"arn:aws:iam::{PROD}:saml-provider/idp"}, {"audience": "https://signin.aws.amazon.com/saml"}, read=True)
        add(at(number % DAYS, 6), "sso:Authenticate", CENTER, SEC, EU, None, None, read=number % 2 == 0, ip="203.0.113.5",
            agent=BROWSER, serviceEventDetails={"CredentialType": ["PASSWORD", "TOTP"][number % 2], "UserAuthentication": "Success",
                                                "attempts": number + 1}, kind="AwsServiceEvent")


def settings():
    """Buckets, databases, functions and keys that somebody set up."""
    for number, (block, who) in enumerate([(True, ADMIN), (False, ALICE), (False, DAVE), (True, DAVE)]):
        add(at(number, 14, 0, 0), "s3:PutBucketPublicAccessBlock", who, who["accountId"], [US, US, EU, EU][number],
            {"bucketName": ["finance-records", "media-assets", "db-backups", "db-backups"][number], "publicAccessBlock": "",
             "PublicAccessBlockConfiguration": {"BlockPublicAcls": block, "BlockPublicPolicy": block, "IgnorePublicAcls": True,
                                                "RestrictPublicBuckets": block}}, None, agent=BROWSER)
    for number, principal in enumerate(["*", {"AWS": f"arn:aws:iam::{DEV}:root"}, {"AWS": ["999988887777", SEC]}]):
        add(at(number + 2, 15, 0, 0), "s3:PutBucketPolicy", [ALICE, ADMIN, DAVE][number], [PROD, PROD, DEV][number], US,
            {"bucketName": ["media-assets", "finance-records", "db-backups"][number], "policy": "",
             "bucketPolicy": {"Version": "2012-10-17", "Statement": [
                 {"Sid": f"S{number}", "Effect": "Allow", "Principal": principal, "Action": ["s3:GetObject", "s3:PutObject"][: 1 + number % 2],
                  "Resource": "arn:aws:s3:::media-assets/*"}, {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                  "Condition": {"Bool": {"aws:SecureTransport": "false"}}}][: 2 - number % 2]}}, None)
    for number in range(5):
        who = [DEPLOY, ADMIN][number % 2]
        add(at(number, 18, 30, number), "rds:CreateDBInstance", who, who["accountId"], [EU, AP][number % 2],
            {"dBInstanceIdentifier": f"db-{number}", "allocatedStorage": [20, 100, 20, 500, 20][number], "engine": ["postgres", "mysql"][number % 2],
             "storageEncrypted": number != 2, "publiclyAccessible": number in (1, 2), "backupRetentionPeriod": number,
             "vpcSecurityGroupIds": [f"sg-{n}" for n in range(number % 3 + 1)], "masterUserPassword": "****"},
            {"dBInstanceStatus": "creating"}, agent=TERRAFORM)
    for number in range(4):
        add(at(number + 1, 19, 0, 0), "lambda:CreateFunction20150331v2" if number % 2 else "lambda:UpdateFunctionCode20150331v2",
            DEPLOY, DEV, EU, {"functionName": f"fn-{number}", "memorySize": 128 * (number + 1), "timeout": 30, "publish": number % 2 == 0,
                              "environment": {"variables": {}}, "layers": [f"arn:aws:lambda:{EU}:{DEV}:layer:l{n}:1" for n in range(number)]},
            {"runtime": ["python3.12", "nodejs20.x"][number % 2], "codeSize": 1000 + number}, agent=TERRAFORM)
    for number in range(10):
        add(at(number % DAYS, 20), "dynamodb:DescribeTable", DEPLOY, DEV, [EU, AP][number % 2], {"tableName": f"orders-{number % 3}"},
            None, read=True, agent=TERRAFORM, error="ThrottlingException" if number % 4 == 1 else "ResourceNotFoundException" if number == 6 else None,
            message="Rate exceeded" if number % 4 == 1 else "Requested resource not found: Table: orders-0 not found" if number == 6 else None)


def services():
    """What AWS does by itself, and what it says about the log."""
    for number in range(36):
        host = ["cloudtrail", "config", "autoscaling", "ec2"][number % 4] + ".amazonaws.com"
        account = [PROD, DEV, SEC][number % 3]
        call, request = [("s3:PutObject", {"bucketName": "org-trail", "key": f"AWSLogs/{account}/x-{number}.json.gz"}),
                         ("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
                                             "roleSessionName": "AWSConfig"}),
                         ("ec2:DescribeInstances", {"instancesSet": {}}),
                         ("kms:Decrypt", {"encryptionContext": {"aws:ebs:id": f"vol-{number}"}})][number % 4]
        add(at(number % DAYS), call, service(host), account, [US, EU, AP][number // 12], request, None,
            read=call != "s3:PutObject", category="Data" if call == "s3:PutObject" else "Management")
    for number in range(3):
        add(at(number * 2, 2, 0, 0), "kms:RotateKey", {"type": "AWSService", "accountId": PROD, "invokedBy": "AWS Internal"}, PROD, US, None, None,
            kind="AwsServiceEvent", serviceEventDetails={"keyId": f"0a0a0a0a-{number}", "rotationType": "AUTOMATIC", "keyOrigin": "AWS_KMS"},
            resources=[{"ARN": f"arn:aws:kms:{US}:{PROD}:key/0a0a0a0a-{number}", "accountId": PROD, "type": "AWS::KMS::Key"}])
    for number in range(12):
        who = [APP, STRANGER, ALICE][number % 3]
        no = number % 2 == 1
        region = [US, EU][number % 2]
        record = add(at(number % DAYS), f"{['s3', 'secretsmanager', 'kms'][number % 3]}:{['GetObject', 'GetSecretValue', 'Decrypt'][number % 3]}",
                     who, PROD, region, None, None, category="NetworkActivity", kind="AwsVpceEvent", ip="192.0.2.15",
                     error="VpceAccessDenied" if no else None, message="The request was denied due to a VPC endpoint policy" if no else None,
                     folder="CloudTrail-NetworkActivity", sharedEventID=new_id(), vpcEndpointId=f"vpce-0{number % 4}ab", vpcEndpointAccountId=PROD)
        for field in ("readOnly", "userAgent", "requestParameters", "responseElements"):
            del record[field]
    for number in range(3):
        shared = new_id()
        for state in ("Start", "End"):
            when = at(number + 1, 4, 0, 0) + timedelta(minutes=37 if state == "End" else 0)
            statistics = {"baseline": {"average": 0.5 + number}, "insight": {"average": 12.25 * (number + 1)}, "baselineDuration": 10080}
            if state == "End":
                statistics["insightDuration"] = 37
            details = {"state": state, "eventSource": "ec2.amazonaws.com", "eventName": ["RunInstances", "DescribeInstances", "StopInstances"][number],
                       "insightType": ["ApiCallRateInsight", "ApiErrorRateInsight", "ApiCallRateInsight"][number],
                       "insightContext": {"statistics": statistics, "attributions": [{"attribute": "userIdentityArn",
                           "insight": [{"value": DEPLOY["arn"], "average": 10.5}, {"value": DAVE["arn"], "average": 1.75}], "baseline": []}]}}
            if number == 1:
                details["errorCode"] = "Client.UnauthorizedOperation"
            events.append(("CloudTrail-Insight", {
                "eventVersion": "1.08", "eventTime": iso(when), "awsRegion": EU, "eventID": new_id(), "eventType": "AwsCloudTrailInsight",
                "recipientAccountId": DEV, "sharedEventID": shared, "insightDetails": details, "eventCategory": "Insight"}))
    late = add(at(1, 22, 0, 0), "ec2:CreateVolume", ADMIN, PROD, US, {"size": "100", "zone": "us-east-1a", "encrypted": False}, {"volumeId": "vol-1"},
               addendum={"reason": "DELIVERY_DELAY"})
    add(at(2, 1, 0, 0), "ec2:CreateVolume", ADMIN, PROD, US, {"size": "100", "zone": "us-east-1a", "encrypted": False},
        {"volumeId": "vol-1", "kmsKeyId": "alias/aws/ebs"},
        addendum={"reason": "UPDATED_DATA", "updatedFields": "responseElements", "originalRequestID": late["requestID"], "originalEventID": late["eventID"]})


def write(folder):
    shutil.rmtree(folder, ignore_errors=True)
    files = defaultdict(list)
    for kind, record in events:
        account, region, day = record["recipientAccountId"], record["awsRegion"], record["eventTime"][:10]
        files[account, kind, region, day].append(record)
    # CloudTrail delivers some events twice, in files of another region.
    for (account, kind, region, day), records in sorted(files.items()):
        if kind == "CloudTrail" and region == EU and (account, kind, US, day) in files:
            files[account, kind, US, day] += records[:2]
    for number, ((account, kind, region, day), records) in enumerate(sorted(files.items())):
        rng.shuffle(records)
        stamp = day.replace("-", "")
        name = f"{account}_{kind}_{region}_{stamp}T2355Z_{number:016}.json"
        path = folder / "AWSLogs" / account / kind / region / day.replace("-", "/") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False).encode()
        # One file lies there unpacked, as after a look at it.
        if number == 5:
            path.write_bytes(text)
        else:
            path.with_name(name + ".gz").write_bytes(gzip.compress(text, mtime=0))


for part in (object_events, key_events, iam_events, ec2_events, sign_ins, sessions, settings, services):
    part()
write(Path(__file__).parent / "logs")
print(len(events), "events")
