#!/bin/sh
# The whole job over real sockets and real TLS, as a person would type it, with keys made by openssl; then the refusals
# with the reason that the operator reads. Exits 0 only if all of it held.
# Usage: POSTERN=build/postern tools/demo.sh
set -eu

program=$(cd "$(dirname "${POSTERN:-build/postern}")" && pwd)/$(basename "${POSTERN:-build/postern}")
began=$(date +%s)
folder=$(mktemp -d "${TMPDIR:-/tmp}/postern-demo.XXXXXX")
server=
failed=0

finish() {
	code=$?
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$folder"
	exit $code
}
trap finish EXIT
trap 'exit 1' INT TERM

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
	bold='' dim='' red='' plain=''
fi

cd "$folder"
export POSTERN_STATE_DIR="$folder/state"
PATH=$(dirname "$program"):$PATH
mkdir -p bin
ln -s "$program" bin/postern
PATH="$folder/bin:$PATH"

title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
wrong() {
	printf '%s✘ %s%s\n' "$red" "$1" "$plain"
	failed=$((failed + 1))
}
# Show a command as a person would type it, run it, show what came back; the exit code is expected to be $expect.
expect=0
step() {
	printf '%s$ %s%s\n' "$dim" "$1" "$plain"
	code=0
	sh -c "$1" >out.txt 2>err.txt || code=$?
	awk '{ print "  " $0 }' out.txt err.txt
	[ "$code" -eq "$expect" ] || wrong "expected exit code $expect, got $code"
	expect=0
}
field() { sed -n "s/.*\"$1\": *\"\\([^\"]*\\)\".*/\\1/p" "$2" | head -n 1; }

title "The IT department hands out company.pfx (made here with openssl: old encryption, as they come)"
(
	openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650 -subj "/C=DE/O=Company/CN=Company Root" \
		-addext "keyUsage=critical,keyCertSign,cRLSign"
	make_ca() { # NAME SUBJECT: an issuing CA under the root
		openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
		printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' >"$1.ext"
		openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 1825 -extfile "$1.ext" -out "$1.pem"
	}
	make_leaf() { # NAME EKU DAYS
		openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/C=DE/O=Company/CN=$1"
		printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$2" >"$1.ext"
		openssl x509 -req -in "$1.csr" -CA issuing.pem -CAkey issuing.key -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
		cat "$1.pem" issuing.pem >"$1.chain.pem"
	}
	make_ca issuing "/C=DE/O=Company/CN=Company Issuing CA"
	make_leaf erp clientAuth 365
	make_leaf webserver serverAuth 365
	make_leaf newcomer clientAuth 365
	# Dates of its own choice are what openssl ca can give and x509 cannot.
	mkdir -p issued && : >issued/index.txt && echo 1000 >issued/serial
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=issued/index.txt' 'serial=issued/serial' 'new_certs_dir=issued' \
		'default_md=sha256' 'policy=p' 'default_crl_days=30' 'crlnumber=issued/serial' '[p]' 'countryName=optional' \
		'organizationName=optional' 'commonName=supplied' >ca.cnf
	openssl req -newkey rsa:2048 -nodes -keyout expired.key -out expired.csr -subj "/C=DE/O=Company/CN=expired"
	openssl ca -batch -notext -config ca.cnf -cert issuing.pem -keyfile issuing.key -in expired.csr -out expired.pem -extfile erp.ext \
		-startdate 20240101000000Z -enddate 20250101000000Z
	cat expired.pem issuing.pem >expired.chain.pem
	openssl ca -config ca.cnf -cert issuing.pem -keyfile issuing.key -revoke newcomer.pem
	openssl ca -config ca.cnf -cert issuing.pem -keyfile issuing.key -gencrl -out company.crl
	openssl req -x509 -newkey rsa:2048 -nodes -keyout partner-ca.key -out partner-ca.pem -days 365 -subj "/O=Partner/CN=Partner CA" \
		-addext "keyUsage=critical,keyCertSign,cRLSign"
	openssl req -newkey rsa:2048 -nodes -keyout partner.key -out partner.csr -subj "/O=Partner/CN=partner"
	openssl x509 -req -in partner.csr -CA partner-ca.pem -CAkey partner-ca.key -CAcreateserial -days 30 -extfile erp.ext -out partner.pem
	openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.key -out stranger.pem -days 30 -subj "/CN=stranger" \
		-addext "basicConstraints=critical,CA:FALSE"
	printf 'Company-1' >pw
	cat issuing.pem root.pem >chain.pem
	openssl pkcs12 -export -legacy -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-40 -macalg sha1 -inkey erp.key -in erp.pem \
		-certfile chain.pem -name erp -passout file:pw -out company.pfx
) >openssl.log 2>&1 || {
	cat openssl.log
	exit 1
}
printf '  company.pfx, %s bytes\n' "$(wc -c <company.pfx)"

title "A server in a fresh state folder, on free loopback ports"
printf '%s$ %s%s\n' "$dim" "postern dev --gateway-port 0 --management-port 0 &" "$plain"
postern dev --gateway-port 0 --management-port 0 >server.log 2>&1 &
server=$!
tries=0
while [ ! -s state/endpoints.json ]; do
	tries=$((tries + 1))
	if [ $tries -gt 200 ] || ! kill -0 $server 2>/dev/null; then
		cat server.log
		exit 1
	fi
	sleep 0.1
done
gateway=$(field gateway state/endpoints.json)
ca=$(field ca state/endpoints.json)
grep -v '^time=' server.log | sed 's/^/  /' || true

title "1  Key pair: examine it, convert it, take the certificates out"
step "postern keypair examine company.pfx --password-file pw"
step "postern keypair convert company.pfx company.p12 --password-file pw"
step "postern keypair export company.p12 --password-file pw --root root.cer --ca ca.cer --leaf leaf.cer"

title "2  Trust: root and CA into the tenant keystore"
step "postern keystore import root.cer --alias company-root"
step "postern keystore import ca.cer --alias company-ca"

title "3  An endpoint, a service instance, and a service key that holds the leaf certificate (on one line, as people paste it)"
step "postern artifact create orders --address /orders --reply 'order taken'"
step "postern artifact create invoices --address /invoices --role Invoices.send --reply 'invoice taken'"
step "postern artifact create guarded --address /guarded --csrf"
step "postern service-instance create runtime --service it-rt --plan integration-flow -c '{\"grant-types\":[\"client_x509\"],\"roles\":[\"ESBMessaging.send\"]}'"
printf '{"key-type":"certificate_external","X.509":"%s"}' "$(tr -d '\n' <leaf.cer)" >key.json
step "postern service-key create runtime company -c @key.json"

title "4  Destination: upload the .p12, create it, check the connection"
step "postern destination-certificate upload company.p12"
printf '{"Name":"ORDERS","Type":"HTTP","URL":"%s/http/orders","ProxyType":"Internet","Authentication":"ClientCertificateAuthentication","KeyStoreLocation":"company.p12","KeyStorePassword":"Company-1"}\n' "$gateway" >orders.json
step "postern destination create -c @orders.json"
step "postern destination check ORDERS"

title "5  Use: call through the destination, and straight with curl"
step "postern call ORDERS -X POST -d '{\"n\":1}'"
grep -q 'order taken' out.txt || wrong "the flow's answer did not come back"
step "curl -sS --cacert $ca --cert erp.chain.pem --key erp.key $gateway/http/orders"
grep -q 'order taken' out.txt || wrong "the flow's answer did not come back"
step "postern doctor ORDERS"

title "Refused, and why: what the caller gets, then what the operator reads"
# refusal SENTENCE STATUS CODE CURL-ARGUMENTS...
refusal() {
	sentence=$1 status=$2 reason=$3
	shift 3
	printf '\n%s%s%s\n%s$ curl %s%s\n' "$bold" "$sentence" "$plain" "$dim" "$*" "$plain"
	got=$(curl -sS --cacert "$ca" -D head.txt -o body.txt -w '%{http_code}' "$@") || true
	id=$(tr -d '\r' <head.txt | sed -n 's/^[Xx]-[Rr]equest-[Ii][Dd]: *//p')
	printf '  %s %s\n' "$got" "$(cat body.txt)"
	[ "$got" = "$status" ] || wrong "expected status $status"
	printf '%s$ postern doctor --request %s%s\n' "$dim" "$id" "$plain"
	postern doctor --request "$id" >out.txt 2>&1 || true
	sed 's/^/  /' out.txt
	grep -q "$reason" out.txt || wrong "expected the reason $reason"
}
url=$gateway/http/orders
refusal "No certificate" 401 R504 "$url"
refusal "A certificate that nobody here trusts" 401 K201 --cert stranger.pem --key stranger.key "$url"
refusal "A certificate whose issuer nobody knows" 401 K202 --cert partner.pem --key partner.key "$url"
refusal "An expired certificate" 401 P109 --cert expired.chain.pem --key expired.key "$url"
refusal "A server certificate used as client certificate" 401 P108 --cert webserver.chain.pem --key webserver.key "$url"
refusal "A CA certificate used as client certificate" 401 P112 --cert issuing.pem --key issuing.key "$url"
refusal "A good certificate that no service key holds" 401 S301 --cert newcomer.chain.pem --key newcomer.key "$url"
refusal "The role is missing" 403 S307 --cert erp.chain.pem --key erp.key "$gateway/http/invoices"
refusal "No endpoint has this address" 404 R501 --cert erp.chain.pem --key erp.key "$gateway/http/nowhere"
refusal "A method that is not served" 405 R502 -X TRACE --cert erp.chain.pem --key erp.key "$url"
refusal "The CSRF token is missing" 403 R503 -d x --cert erp.chain.pem --key erp.key "$gateway/http/guarded"
refusal "A bearer token that is none of ours" 401 R507 -H "Authorization: Bearer made.up.token" "$url"

title "The repair of one of them, typed as printed, mends it"
cp newcomer.pem newcomer.cer
step "postern service-key create runtime newcomer --certificate newcomer.cer"
step "curl -sS --cacert $ca --cert newcomer.chain.pem --key newcomer.key $url"
grep -q 'order taken' out.txt || wrong "the repair did not mend it"

title "The IT department revokes it again: its list, imported, counts at the next call"
step "postern keystore import company.crl"
refusal "A revoked certificate" 401 K207 --cert newcomer.chain.pem --key newcomer.key "$url"

title "The service key deleted: the doctor names the step"
step "postern service-key delete runtime company"
expect=13
step "postern doctor ORDERS"
grep -q S301 out.txt err.txt || wrong "expected the reason S301"

title "Everything that came in"
step "postern message list"

seconds=$(($(date +%s) - began))
if [ "$failed" -ne 0 ]; then
	printf '\n%s%s expectation(s) did not hold.%s The server said:\n' "$red" "$failed" "$plain"
	tail -n 40 server.log
	exit 1
fi
cat <<TEXT

All of it held, in $seconds s. The demo's server is stopped and its folder removed.

Keep a server running:   $(dirname "$program" | sed "s|^$OLDPWD/||")/postern dev
Then, in a second shell: postern quickstart hello        the five steps in one go
Where to go next:        README.md, postern help, doc/reasons.md
TEXT
