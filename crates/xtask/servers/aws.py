"""The AWS APIs on a free loopback port: moto's server. usage: aws.py"""
import importlib
import threading

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from lifeline import end_with_parent, report

end_with_parent()
# Loaded here, one after the other: the server would load them with the first request to each, and two first requests at a time meet
# modules that are half there.
for service in ("s3", "sqs", "sns", "sts", "iam", "logs", "cloudtrail", "securityhub"):
    importlib.import_module(f"moto.{service}.urls")
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
report(port=server.get_host_and_port()[1])
threading.Event().wait()
