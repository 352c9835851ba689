"""A mail server on a free loopback port that takes no short cuts: STARTTLS first, then AUTH, then mail.

usage: smtp.py STATE_FOLDER USER PASSWORD

Its certificate, for localhost and 127.0.0.1, comes from an authority of its own: STATE_FOLDER/ca.pem. Every accepted
mail becomes STATE_FOLDER/mail/<n>.eml, complete as soon as it is there; the envelope is in its X-MailFrom and X-RcptTo
lines. A recipient whose local part begins with `reject` is refused for good (550), one with `later` for now (451).
"""
import asyncio
import datetime
import ipaddress
import itertools
import os
import shutil
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lifeline import end_with_parent, report


def certificate(state):
    """An authority and a server certificate signed by it, good for a week."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def issue(name, key, issuer, signer, authority):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=12))
            .not_valid_after(now + datetime.timedelta(days=7))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(signer, hashes.SHA256())

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def write(file, data):
        path = os.path.join(state, file)
        with open(path, "wb") as out:
            out.write(data)
        return path

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = issue(name("Trailwarden test authority"), ca_key, name("Trailwarden test authority"), ca_key, True)
    own = issue(name("localhost"), key, ca.subject, ca_key, False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return write("ca.pem", ca.public_bytes(pem)), write("server.pem", own.public_bytes(pem)), write("server.key", private)


class Mailbox:
    """Takes mail and keeps each as a file."""

    def __init__(self, folder):
        self.folder, self.numbers = folder, itertools.count(1)
        os.makedirs(folder, exist_ok=True)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("reject"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        head = "X-MailFrom: %s\r\nX-RcptTo: %s\r\n" % (envelope.mail_from, ", ".join(envelope.rcpt_tos))
        path = os.path.join(self.folder, "%d.eml" % next(self.numbers))
        with open(path + ".part", "wb") as out:
            out.write(head.encode("utf-8", "replace") + envelope.original_content)
        os.rename(path + ".part", path)
        return "250 OK"


async def serve(state, user, password):
    ca, own, key = certificate(state)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own, key)
    mailbox = Mailbox(os.path.join(state, "mail"))

    def authenticate(server, session, envelope, mechanism, given):
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (user.encode(), password.encode())
        # handled=False lets aiosmtpd answer 535 itself; with True it leaves the client waiting for ever.
        return AuthResult(success=right, handled=False)

    def session():
        return SMTP(mailbox, hostname="localhost", tls_context=tls, require_starttls=True, auth_required=True, authenticator=authenticate, enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    report(port=server.sockets[0].getsockname()[1], ca=ca, mail=mailbox.folder)
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    # A parent that was killed could not clear up after itself.
    end_with_parent(lambda: shutil.rmtree(sys.argv[1], ignore_errors=True))
    asyncio.run(serve(*sys.argv[1:]))
