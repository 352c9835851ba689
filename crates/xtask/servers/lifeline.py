"""What the test servers share: report once, then live exactly as long as whoever started them."""
import json
import os
import signal
import sys
import threading


def report(**facts):
    """One JSON line on standard output says that the server takes connections; whatever comes later goes to standard error."""
    print(json.dumps(facts), flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def end_with_parent(last=lambda: None):
    """The parent holds our standard input open. When it ends, however it ends, that closes: we do the last thing and end too."""
    # Ctrl-C and a time limit's end go to parent and children alike; we wait for the parent, which may still be asking.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)

    def wait():
        while os.read(0, 4096):
            pass
        last()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
