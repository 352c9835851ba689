#!/bin/sh
# Writes ./secrets: a CA of its own, a certificate and key for each name, and a token. What is there already stays.
#
#   sh make-certificates.sh scheduler executor-1 executor-2
#
# Who asks needs `ca.pem` and `token`; a member its own two files as well. `ca.key` is needed for further names alone: keep it elsewhere.
set -eu
umask 077
mkdir -p secrets
cd secrets
new_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
if [ ! -e ca.key ]; then
    new_key ca.key
    openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=trailwarden cluster" -out ca.pem
fi
[ -e token ] || openssl rand -hex 32 > token
for name in "$@"; do
    [ -e "$name.pem" ] && continue
    new_key "$name.key"
    case $name in
        *[!0-9.]*) also="DNS:$name" ;;
        *) also="IP:$name" ;;
    esac
    printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$also" > "$name.ext"
    openssl req -new -key "$name.key" -subj "/CN=$name" |
        openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -extfile "$name.ext" -out "$name.pem"
    rm "$name.ext"
done
# The image runs as this user, who must come to its key and the token; the CA's key is not for it. Under systemd they are credentials.
chmod 755 .
chmod 644 ./*.pem
chown 65532 token 2> /dev/null || true
for name in "$@"; do chown 65532 "$name.key" 2> /dev/null || true; done
