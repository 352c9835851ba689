"""The AWS APIs on a free loopback port: moto's server. usage: aws.py"""
import threading

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from lifeline import end_with_parent, report

end_with_parent()
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
report(port=server.get_host_and_port()[1])
threading.Event().wait()
